import { execFile } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SystemClock } from '#libs/clock';
import { signWebhook } from '#libs/webhook-signature';
import { AwsDouble } from '../support/aws-double.js';
import { ReplicateDouble } from '../support/replicate-double.js';
import { ServerProcess } from '../support/server.js';
import { VaultDouble } from '../support/vault-double.js';

interface Overview {
  readonly secrets: { name: string; source: string | null; fingerprint: string | null; shadowed: string[] }[];
  readonly sources: { name: string; status: string; message: string }[];
}

const WAIT_MS = 30_000;
const values = {
  environment: 'hf_fromTheEnvironment0001',
  currentWebhook: `whsec_${Buffer.from('the current webhook secret').toString('base64')}`,
  previousWebhook: `whsec_${Buffer.from('the previous webhook secret').toString('base64')}`,
  newWebhook: `whsec_${Buffer.from('the newest webhook secret').toString('base64')}`,
  typedWebhook: `whsec_${Buffer.from('the typed webhook secret').toString('base64')}`,
  shadowed: 'hf_shadowedByTheEnvironment0003',
  replaced: 'r8_replacedInTheMeantime0004',
  current: ReplicateDouble.token,
  vault: 'value-in-vault-0005',
  vaultToken: 'hvs.token-of-the-operator-0006',
};
const home = mkdtempSync(join(tmpdir(), 'secrets-e2e-'));
const answers: string[] = [];
let replicate: ReplicateDouble;
let aws: AwsDouble;
let vault: VaultDouble;
let server: ServerProcess;

/** Mounts a folder as Kubernetes does: the files are links through `..data`, which is replaced in one step. */
function mount(version: string, webhookSecrets: string, mode = 0o600): void {
  const folder = join(home, `..${version}`);
  mkdirSync(folder);
  const text = `CLOUD_WEBHOOK_SECRET: ${webhookSecrets}\nhf-token: ${values.shadowed}\n`;
  writeFileSync(join(folder, 'secrets.yaml'), text);
  chmodSync(join(folder, 'secrets.yaml'), mode);
  writeFileSync(join(folder, 'vault-token'), `${values.vaultToken}\n`);
  symlinkSync(`..${version}`, join(home, '..data_tmp'));
  renameSync(join(home, '..data_tmp'), join(home, '..data'));
}

async function ask(path: string, init?: RequestInit): Promise<Response> {
  const response = await server.get(path, init);
  const copy = response.clone();
  answers.push(`${path} ${JSON.stringify([...response.headers])} ${await copy.text()}`);
  return response;
}

async function overview(): Promise<Overview> {
  return (await (await ask('/api/cloud/secrets')).json()) as Overview;
}

async function health(): Promise<{ status: string; message: string } | undefined> {
  const report = (await (await ask('/api/cloud/health')).json()) as {
    components: { name: string; status: string; message: string }[];
  };
  return report.components.find(({ name }) => name === 'secrets');
}

/** Whether a webhook of Replicate that is signed with `secret` is believed. */
async function deliver(id: string, secret: string): Promise<number> {
  const body = JSON.stringify({ id, status: 'processing' });
  const headers = signWebhook({ id, timeMs: Date.now(), body, secrets: [secret] });
  const init = { method: 'POST', body, headers: { 'Content-Type': 'application/json', ...headers } };
  return (await ask('/api/webhooks/replicate', init)).status;
}

/** Runs a command of the command line with this home; its output counts as an answer, too. */
function command(words: string[], input = ''): Promise<{ stdout: string }> {
  const bin = fileURLToPath(new URL('../../bin/simpletuner-cloud.js', import.meta.url));
  return new Promise((resolve, reject) => {
    const env = { PATH: process.env['PATH'], SIMPLETUNER_HOME: home };
    const child = execFile(process.execPath, [bin, ...words], { env }, (error, stdout, stderr) => {
      answers.push(stdout, stderr);
      if (error) reject(new Error(`The command failed: ${stderr}`, { cause: error }));
      else resolve({ stdout });
    });
    child.stdin?.end(input);
  });
}

beforeAll(async () => {
  replicate = await ReplicateDouble.start();
  aws = await AwsDouble.start();
  aws.secrets.set('simpletuner', JSON.stringify({ REPLICATE_API_TOKEN: values.replaced }));
  vault = await VaultDouble.start(new SystemClock());
  vault.grant(values.vaultToken);
  vault.secrets.set('simpletuner', { ONLY_IN_VAULT: values.vault, HF_TOKEN: values.shadowed });
  mount('1', `${values.currentWebhook}, ${values.previousWebhook}`);
  symlinkSync('..data/secrets.yaml', join(home, 'secrets.yaml'));
  aws.stall();
  vault.stall();
  server = await ServerProcess.start({
    home,
    env: {
      ...aws.environment,
      SIMPLETUNER_LOG_LEVEL: 'DEBUG',
      SIMPLETUNER_AWS_SECRET_NAME: 'simpletuner',
      VAULT_ADDR: vault.url,
      VAULT_TOKEN_FILE: join(home, '..data', 'vault-token'),
      REPLICATE_API_BASE_URL: replicate.baseUrl,
      REPLICATE_API_TOKEN: '',
      HF_TOKEN: values.environment,
    },
  });
});
afterAll(async () => {
  await server.dispose();
  replicate.stop();
  await Promise.all([aws.goAway(), vault.goAway()]);
  rmSync(home, { recursive: true, force: true });
});

describe('the secrets of a server', () => {
  it('keep nobody waiting at the start', async () => {
    const [before = ''] = server.log.split('"Server started"');
    expect(before).not.toContain('gave no answer');
    await vi.waitFor(() => expect([aws.requests.length, vault.requests.length]).toEqual([1, 1]), WAIT_MS);
    expect(await health()).toMatchObject({ status: 'healthy', message: 'No API token of a provider is set' });
    aws.hurry();
    vault.hurry();
    await vi.waitFor(
      async () => expect(await health()).toMatchObject({ status: 'healthy', message: 'API token configured' }),
      WAIT_MS,
    );
  });

  it('are listed with their sources and without their values', async () => {
    const { secrets, sources } = await overview();
    const of = (name: string) => secrets.find((secret) => secret.name === name);
    expect(of('REPLICATE_API_TOKEN')).toMatchObject({ source: 'aws', shadowed: [] });
    expect(of('HF_TOKEN')).toMatchObject({ source: 'env', shadowed: ['file', 'vault'] });
    expect(of('CLOUD_WEBHOOK_SECRET')).toMatchObject({ source: 'file' });
    expect(of('ONLY_IN_VAULT')).toMatchObject({ source: 'vault' });
    expect(sources.map(({ name, status }) => [name, status])).toEqual([
      ['env', 'ok'],
      ['file', 'ok'],
      ['aws', 'ok'],
      ['vault', 'ok'],
    ]);
    const fingerprints = secrets.map(({ fingerprint }) => fingerprint);
    expect(new Set(fingerprints).size).toBe(fingerprints.length);
    for (const fingerprint of fingerprints) expect(fingerprint).toMatch(/^[0-9a-f]{16}$/);
  });

  it('verify webhooks while the provider tells no secret of its own, the current one and the previous one', async () => {
    expect(await deliver('msg-1', values.currentWebhook)).toBe(200);
    expect(await deliver('msg-2', values.previousWebhook)).toBe(200);
    expect(await deliver('msg-3', values.newWebhook)).toBe(401);
  });

  it('that are no secrets cannot have signed anything, break nothing for the others, and are told by health', async () => {
    mount('1b', `not a secret, ${values.currentWebhook}`);
    const webhooks = async (): Promise<object | undefined> => {
      const { components } = (await (await ask('/api/cloud/health')).json()) as { components: { name: string }[] };
      return components.find(({ name }) => name === 'webhooks');
    };
    const message = expect.stringContaining('CLOUD_WEBHOOK_SECRET holds something that is no secret') as string;
    await vi.waitFor(async () => expect(await webhooks()).toMatchObject({ status: 'degraded', message }), WAIT_MS);
    expect(await deliver('msg-good-beside-bad', values.currentWebhook)).toBe(200);
    mount('1c', 'not a secret');
    const refused = expect.stringContaining('No secret is known: webhooks of replicate are refused') as string;
    await vi.waitFor(async () => expect(await webhooks()).toMatchObject({ message: refused }), WAIT_MS);
    expect(await deliver('msg-without-any', values.currentWebhook)).toBe(401);
    mount('1d', `${values.currentWebhook}, ${values.previousWebhook}`);
    await vi.waitFor(async () => expect(await webhooks()).toMatchObject({ status: 'healthy' }), WAIT_MS);
  });

  it('are taken up when their file is swapped', async () => {
    mount('2', values.newWebhook);
    let count = 0;
    const attempt = (): Promise<number> => deliver(`msg-new-${(count += 1)}`, values.newWebhook);
    await vi.waitFor(async () => expect(await attempt()).toBe(200), WAIT_MS);
    expect(await deliver('msg-4', values.currentWebhook)).toBe(401);
  });

  it('degrade health, which names the source that fails, and still count', async () => {
    mount('3', values.newWebhook, 0o644);
    await vi.waitFor(async () => expect((await health())?.message).toContain('chmod 600 secrets.yaml'), WAIT_MS);
    expect((await health())?.status).toBe('degraded');
    expect(await deliver('msg-5', values.newWebhook)).toBe(200);
  });

  it('are set by the command line, whose file the running server takes up', async () => {
    const { stdout } = await command(['secrets', 'set', 'cloud-webhook-secret'], `${values.typedWebhook}\n`);
    expect(stdout).toBe('cloud-webhook-secret is set in secrets.yaml\n');
    expect(statSync(join(home, '..3', 'secrets.yaml')).mode & 0o777).toBe(0o600);
    await vi.waitFor(async () => expect((await health())?.status).toBe('healthy'), WAIT_MS);
    expect(await deliver('msg-6', values.typedWebhook)).toBe(200);
    await command(['secrets', 'unset', 'cloud-webhook-secret']);
    await vi.waitFor(async () => expect((await overview()).secrets[0]).toMatchObject({ source: null }), WAIT_MS);
    await expect(command(['secrets', 'set', 'no=name'], 'x')).rejects.toThrow('A name of a secret consists of');
  });

  it('are fetched again when a provider refuses them', async () => {
    const valid = async (): Promise<boolean> =>
      ((await (await ask('/api/cloud/providers/replicate/validate')).json()) as { valid: boolean }).valid;
    expect(await valid()).toBe(false);
    aws.secrets.set('simpletuner', JSON.stringify({ REPLICATE_API_TOKEN: values.current }));
    await vi.waitFor(async () => expect(await valid()).toBe(true), { timeout: WAIT_MS, interval: 500 });
    const { secrets } = await overview();
    expect(secrets.find(({ name }) => name === 'REPLICATE_API_TOKEN')).toMatchObject({ source: 'aws' });
  });

  it('never leave the server, in the log or in an answer', async () => {
    const document = await server.json<{ paths: Record<string, Record<string, unknown>> }>('/api/docs/openapi.json');
    const paths = Object.keys(document.paths).filter((path) => 'get' in (document.paths[path] ?? {}));
    expect(paths.length).toBeGreaterThan(20);
    for (const path of paths) {
      // Streams do not end by themselves; their events are made of the same rows as the answers.
      if (path.endsWith('/events') || path.endsWith('/stream')) continue;
      await ask(path.replace('{provider}', 'replicate').replaceAll(/\{\w+\}/g, 'none'));
    }
    await ask('/api/cloud/providers/replicate', {
      method: 'PUT',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ version_override: values.current, no_such_field: 1 }),
    });
    await server.terminate();
    // Rows of the audit log, of the inbox and of jobs, whoever may read them: the files of the database hold all of them.
    const cloud = join(home, 'config', 'cloud');
    const written = readdirSync(cloud).map((file) => [file, readFileSync(join(cloud, file), 'latin1')] as const);
    expect(written.map(([file]) => file)).toContain('jobs.db');
    for (const [name, value] of Object.entries(values)) {
      expect(server.log, `${name} in the log`).not.toContain(value);
      for (const answer of answers) expect(answer, name).not.toContain(value);
      for (const [file, bytes] of written) expect(bytes.includes(value), `${name} in ${file}`).toBe(false);
    }
  });
});
