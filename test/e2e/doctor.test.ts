import Sqlite from 'better-sqlite3';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { diagnose, type DoctorOptions } from '../../src/cli/doctor/diagnose.js';
import type { Finding } from '../../src/cli/doctor/finding.js';
import { loadConfig } from '../../src/config/index.js';
import { authorityPem, localhostKeyPem, localhostPem } from '../support/certificates.js';
import { ReplicateDouble } from '../support/replicate-double.js';
import { ServerProcess } from '../support/server.js';
import { freePort } from '../support/servers.js';

const folder = mkdtempSync(join(tmpdir(), 'doctor-'));
const listeners: Server[] = [];
let double: ReplicateDouble;
let server: ServerProcess;
/** The environment of the server, in which the doctor finds it. */
let env: Record<string, string>;

async function listen(listener: Server, port = 0): Promise<number> {
  listeners.push(listener);
  listener.listen(port, '127.0.0.1');
  await once(listener, 'listening');
  return (listener.address() as AddressInfo).port;
}
const answering = (listener: RequestListener): Promise<number> => listen(createServer(listener));

function file(name: string, text: string, mode = 0o600): string {
  writeFileSync(join(folder, name), text, { mode });
  return join(folder, name);
}

const examine = (changes: Record<string, string> = {}, options?: DoctorOptions): Promise<Finding[]> =>
  diagnose(() => loadConfig({ ...env, ...changes }), options);

/** The finding of the check, which has the given status and is about the given words. */
async function finding(
  [status, check, about]: readonly [Finding['status'], string, RegExp],
  changes: Record<string, string> = {},
  options?: DoctorOptions,
): Promise<void> {
  const findings = await examine(changes, options);
  const found = findings.filter((one) => one.check === check && one.status === status && about.test(one.seen));
  expect(found, JSON.stringify(findings, undefined, 1)).toHaveLength(1);
  if (status !== 'ok') expect(found[0]?.todo).toMatch(/\w/);
}

function command(words: string[], changes: Record<string, string> = {}): Promise<{ code: number; out: string }> {
  return new Promise((done) => {
    const all = { PATH: process.env['PATH'], ...env, ...changes };
    execFile(process.execPath, [resolve('bin/simpletuner-cloud.js'), 'doctor', ...words], { env: all }, (error, out) =>
      done({ code: error ? Number(error.code) : 0, out }),
    );
  });
}

beforeAll(async () => {
  double = await ReplicateDouble.start();
  const tunnelPort = await freePort();
  const shared = {
    REPLICATE_API_BASE_URL: double.baseUrl,
    REPLICATE_API_TOKEN: ReplicateDouble.token,
    SIMPLETUNER_PUBLIC_URL: `http://127.0.0.1:${tunnelPort}`,
    SIMPLETUNER_PUBLIC_PORT: String(tunnelPort),
  };
  server = await ServerProcess.start({ env: shared });
  env = { ...shared, HOME: server.home, SIMPLETUNER_HOME: server.home, SIMPLETUNER_PORT: new URL(server.ops).port };
});
afterAll(async () => {
  for (const listener of listeners) {
    listener.closeAllConnections();
    listener.close();
  }
  await server.dispose();
  rmSync(folder, { recursive: true, force: true });
});

describe('the doctor', () => {
  it('finds nothing to mend where all is well, and says so in words, as JSON and by its exit code', async () => {
    const { code, out } = await command(['--json']);
    const report = JSON.parse(out) as { ok: boolean; checks: Finding[] };
    expect(
      report.checks.filter(({ status }) => status === 'fail'),
      out,
    ).toEqual([]);
    expect([code, report.ok]).toEqual([0, true]);
    for (const check of [
      'database integrity',
      'database WAL',
      'server',
      'public URL',
      'webhooks of replicate',
      'way to replicate',
    ])
      expect(report.checks).toContainEqual(expect.objectContaining({ check, status: 'ok' }));
    const broken = await command([], { SIMPLETUNER_PORT: 'eighty' });
    expect(broken.code).toBe(1);
    expect(broken.out).toMatch(/^fail {2}configuration [^]*SIMPLETUNER_PORT[^]*→ /);
    const guide = readFileSync(resolve('docs/troubleshooting.md'), 'utf8');
    for (const { check } of report.checks)
      expect(guide).toContain(`\`${check.replace(/ of replicate$/, '').replace(/ to replicate$/, '')}`);
    expect(out + broken.out).not.toContain(ReplicateDouble.token);
  });

  it('finds what is wrong with proxies', async () => {
    const gone = `http://user:password@127.0.0.1:${await freePort()}`;
    const away = { SIMPLETUNER_PORT: String(await freePort()), HTTPS_PROXY: gone };
    const https = { REPLICATE_API_BASE_URL: 'https://api.replicate.com/v1' };
    await finding(['fail', 'way to the provider', /connection refused/], { ...away, ...https });
    await finding(['warn', 'proxies', /NO_PROXY/], { ...away, NO_PROXY: '127.0.0.1' });
    expect(JSON.stringify(await examine({ ...away, ...https }))).not.toContain('password');
  });

  it('finds what is wrong with certificates of others and of its own', async () => {
    const port = await listen(
      createTlsServer({ key: localhostKeyPem, cert: localhostPem }, (_, response) => response.end('{}')),
    );
    const api = { SIMPLETUNER_PORT: String(await freePort()), REPLICATE_API_BASE_URL: `https://localhost:${port}/v1` };
    const authority = file('authority.pem', authorityPem);
    await finding(['fail', 'way to the provider', /unknown authority/], api);
    await finding(['ok', 'way to the provider', /answered/], { ...api, SIMPLETUNER_CA_BUNDLE: authority });
    await finding(['fail', 'CA bundle', /ENOENT/], { SIMPLETUNER_CA_BUNDLE: join(folder, 'none.pem') });
    await finding(['fail', 'CA bundle', /no certificate/], { SIMPLETUNER_CA_BUNDLE: file('empty.pem', 'nothing') });
    await finding(['fail', 'CA bundle', /no authority/], { SIMPLETUNER_CA_BUNDLE: file('leaf.pem', localhostPem) });

    const key = join(folder, 'own.key');
    const old = ['-not_before', '20200101000000Z', '-not_after', '20210101000000Z'];
    execFileSync('openssl', ['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', key]);
    const made = (name: string, ...more: string[]): string => {
      const path = join(folder, name);
      execFileSync('openssl', ['req', '-x509', '-key', key, '-subj', '/CN=home.example.com', '-out', path, ...more]);
      return path;
    };
    const soon = made('soon.pem', '-days', '3');
    const own = (cert: string, own_key = key) => ({
      ...{ SIMPLETUNER_SSL_CERT: cert, SIMPLETUNER_SSL_KEY: own_key },
    });
    await finding(['warn', 'server certificate', /expires in [23] days/], own(soon));
    await finding(['fail', 'server certificate', /not for 127\.0\.0\.1/], own(soon));
    await finding(['fail', 'server certificate', /another certificate/], own(soon, file('other.key', localhostKeyPem)));
    await finding(
      ['fail', 'server certificate', /which is not in the file/],
      own(join(folder, 'leaf.pem'), join(folder, 'other.key')),
    );
    await finding(['fail', 'server certificate', /ENOENT/], own(join(folder, 'none.pem')));
    // Only newer versions of openssl make certificates of the past; the check itself is the same as for a bundle.
    const helped = execFileSync('openssl', ['req', '-help'], { stdio: ['ignore', 'pipe', 'pipe'] }).toString();
    if (helped.includes('not_after'))
      await finding(['fail', 'server certificate', /has expired/], own(made('old.pem', ...old)));
  });

  it('finds a clock that is wrong', async () => {
    const port = await answering((_, response) =>
      response.setHeader('Date', new Date(Date.now() - 600_000).toUTCString()).end(),
    );
    await finding(['fail', 'clock', /(599|600|601) s ahead/], {
      REPLICATE_API_BASE_URL: `http://127.0.0.1:${port}/v1`,
    });
  });

  it('finds a database that is locked, and who has it open; that cannot be checkpointed; that is damaged', async () => {
    const source = join(server.home, 'config', 'cloud', 'jobs.db');
    await finding(['ok', 'database open connections', new RegExp(`pid ${server.pid}`)]);
    const copy = join(folder, 'copy.db');
    const original = new Sqlite(source);
    await original.backup(copy);
    original.close();
    const database = { SIMPLETUNER_DATABASE_URL: `sqlite://${copy}` };

    const writer = new Sqlite(copy);
    writer.pragma('journal_mode = WAL');
    writer.exec('BEGIN IMMEDIATE');
    await finding(['fail', 'database lock', new RegExp(`SQLITE_BUSY.*pid ${process.pid}`)], database);
    writer.exec('ROLLBACK');
    const reader = new Sqlite(copy);
    reader.exec('BEGIN; SELECT count(*) FROM jobs');
    writer.exec("CREATE TABLE more (a); INSERT INTO more VALUES ('x')");
    await finding(['warn', 'database WAL', /somebody reads/], database, { checkpoint: true });
    reader.close();
    await finding(['ok', 'database WAL', /emptied/], database, { checkpoint: true });
    writer.close();

    const damaged = join(folder, 'damaged.db');
    copyFileSync(copy, damaged);
    const pages = openSync(damaged, 'r+');
    writeSync(pages, Buffer.alloc(40_960, 0xa5), 0, 40_960, 8_192);
    await finding(['fail', 'database integrity', /damaged\.db/], { SIMPLETUNER_DATABASE_URL: `sqlite://${damaged}` });
    const none = file('text.db', 'this is no database, however long it is '.repeat(50));
    await finding(['fail', 'database integrity', /not a database/], { SIMPLETUNER_DATABASE_URL: `sqlite://${none}` });
    const empty = file('empty.db', '');
    const log = file('empty.db-wal', 'what is left of it');
    await finding(['fail', 'database integrity', /is empty/], { SIMPLETUNER_DATABASE_URL: `sqlite://${empty}` });
    expect(existsSync(log)).toBe(true);
    const away = `postgres://nobody@127.0.0.1:${await freePort()}/none`;
    await finding(['fail', 'database', /ECONNREFUSED/], { SIMPLETUNER_DATABASE_URL: away, STATE_BACKEND_URL: away });
  });

  it('finds a disk that is full to the floor, and secrets that others can read', async () => {
    const much = String(Number.MAX_SAFE_INTEGER);
    const floor = { SIMPLETUNER_DISK_FLOOR_BYTES: much };
    const space = (await examine(floor)).filter(({ check }) => check === 'disk space');
    expect(space.length).toBeGreaterThan(0);
    for (const one of space)
      expect(one).toMatchObject({ status: 'fail', seen: expect.stringContaining('below the floor') as string });
    const home = join(folder, 'home');
    mkdirSync(join(home, 'config', 'cloud'), { recursive: true });
    writeFileSync(join(home, 'secrets.json'), '{"HF_TOKEN":"hf_value"}', { mode: 0o600 });
    writeFileSync(join(home, 'config', 'cloud', 'secret.key'), 'key', { mode: 0o600 });
    await finding(['ok', 'master key', /owner alone/], { SIMPLETUNER_HOME: home });
    chmodSync(join(home, 'secrets.json'), 0o644);
    chmodSync(join(home, 'config', 'cloud', 'secret.key'), 0o644);
    await finding(['fail', 'secrets file', /others can read it/], { SIMPLETUNER_HOME: home });
    await finding(['fail', 'master key', /Others can read/], { SIMPLETUNER_HOME: home });
    await finding(['warn', 'webhook secret', /every webhook is refused/], {
      SIMPLETUNER_HOME: home,
      REPLICATE_API_TOKEN: '',
    });
  });

  it('finds a server that is not there, ports that are taken, and components in trouble', async () => {
    const port = await answering((_, response) => response.writeHead(404).end('another program'));
    await finding(['fail', 'server', /No SimpleTuner/], { SIMPLETUNER_PORT: String(port) });
    await finding(['fail', 'ports', new RegExp(`${port} is taken by .*pid ${process.pid}`)], {
      ...{ SIMPLETUNER_PORT: String(port), SIMPLETUNER_PUBLIC_PORT: '0' },
    });
    const secrets = join(server.home, 'secrets.json');
    writeFileSync(secrets, '{}', { mode: 0o644 });
    await vi.waitFor(() => finding(['warn', 'health: secrets', /others can read it/]), {
      timeout: 30_000,
      interval: 500,
    });
    rmSync(secrets);
  });

  it('finds uploads that cannot arrive: no public URL, nobody there, somebody else there, a job that has ended', async () => {
    await finding(['warn', 'public URL', /not set/], { SIMPLETUNER_PUBLIC_URL: '' });
    const at = (port: number) => ({ SIMPLETUNER_PUBLIC_URL: `http://127.0.0.1:${port}` });
    await finding(['fail', 'public URL', /ECONNREFUSED/], at(await freePort()));
    const gateway = await answering((_, response) => response.writeHead(502).end('Bad gateway'));
    await finding(['fail', 'public URL', /502/], at(gateway));
    const tls = await listen(
      createTlsServer({ key: localhostKeyPem, cert: localhostPem }, (_, response) => response.end()),
    );
    await finding(['fail', 'public URL', /certificate/], { SIMPLETUNER_PUBLIC_URL: `https://localhost:${tls}` });

    await finding(['fail', 'uploads of none', /knows no such job/], {}, { job: 'none' });
    const body = { config: { max_train_steps: 10 }, dataloader_config: [{ id: 'photos' }] };
    const submitted = await server.send('POST', '/api/cloud/jobs/submit?provider=replicate', body);
    const { job_id: job } = (await submitted.json()) as { job_id: string };
    await finding(['warn', `uploads of ${job}`, /nothing has arrived/], {}, { job });
    await server.send('POST', `/api/cloud/jobs/${job}/cancel`);
    await finding(['fail', `uploads of ${job}`, /cancelled/], {}, { job });
  });

  it('finds webhooks and providers that do not get through', async () => {
    const configure = (settings: object) => server.send('PUT', '/api/cloud/providers/replicate', settings);
    await configure({ webhook_allowed_ips: ['34.82.0.0/16'], proxy_url: `http://127.0.0.1:${await freePort()}` });
    await finding(['fail', 'way to replicate', /connection refused/]);
    await configure({ proxy_url: '' });
    await finding(['fail', 'webhooks of replicate', /webhook_allowed_ips does not list/]);
    await configure({ webhook_allowed_ips: [] });
  });
});

describe('a command whose reader goes away', () => {
  it('goes on to its end, without a word of it', async () => {
    const command = spawn(process.execPath, ['bin/simpletuner-cloud.js', 'config'], {
      env: { PATH: process.env['PATH'] },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    command.stdout.destroy();
    let complaints = '';
    command.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
    const [code] = (await once(command, 'close')) as [number | null];
    expect([code, complaints]).toEqual([0, '']);
  });
});
