import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServerProcess } from '../support/server.js';

interface View {
  readonly version: number;
  readonly updated_at: string | null;
  readonly settings: Record<string, unknown>;
  readonly sources: Record<string, string>;
}
interface Failure {
  readonly detail: string;
  readonly error: string;
  readonly details?: { fields?: { field: string; message: string }[] };
}

const PROCESS = '/api/cloud/providers/process';
const folder = mkdtempSync(join(tmpdir(), 'providers-e2e-'));
let server: ServerProcess;
beforeAll(async () => {
  server = await ServerProcess.start();
});
afterAll(async () => {
  await server.dispose();
  rmSync(folder, { recursive: true, force: true });
});

async function put(body: unknown, headers: Record<string, string> = {}, path = PROCESS): Promise<Response> {
  return server.send('PUT', path, body, headers);
}

async function failure(response: Response): Promise<Failure> {
  return (await response.json()) as Failure;
}

describe('the list of providers', () => {
  it('tells what each can do, on what hardware, and whether it has been configured', async () => {
    const { providers } = await server.json<{ providers: { name: string; is_configured: boolean }[] }>(
      '/api/cloud/providers',
    );
    expect(providers.find(({ name }) => name === 'process')).toEqual({
      name: 'process',
      is_configured: false,
      capabilities: { webhooks: true, cancel: true, logs: true, list: true },
      hardware: [{ id: 'local', label: 'This machine', usd_per_second: 0 }],
    });
  });

  it('holds Replicate with the price of each of its profiles', async () => {
    const { providers } = await server.json<{
      providers: { name: string; hardware: { id: string; usd_per_second: number }[] }[];
    }>('/api/cloud/providers');
    const replicate = providers.find(({ name }) => name === 'replicate');
    expect(replicate).toMatchObject({ is_configured: false });
    const prices = Object.fromEntries(replicate!.hardware.map(({ id, usd_per_second }) => [id, usd_per_second]));
    expect(prices).toMatchObject({ h100: 0.001525, 'h100-x8': 0.0122, l40s: 0.000972222, 'l40s-x2': 0.001944444 });
    const url = '/api/cloud/providers/replicate';
    expect((await put({ hardware_profile: 'h100-x4', version_override: 'abc' }, {}, url)).status).toBe(200);
    expect((await put({ hardware_profile: 'a100' }, {}, url)).status).toBe(422);
    expect((await put({ command: ['true'] }, {}, url)).status).toBe(422);
    expect(await server.json(`${url}/validate`)).toMatchObject({
      valid: false,
      message: expect.stringContaining('REPLICATE_API_TOKEN') as string,
    });
  });

  it('knows no other provider', async () => {
    for (const path of ['', '/config', '/advanced', '/validate']) {
      const response = await server.get(`/api/cloud/providers/nobody${path}`);
      expect([response.status, (await failure(response)).error]).toEqual([404, 'not_found']);
    }
    expect((await put({ ssl_verify: true }, {}, '/api/cloud/providers/constructor')).status).toBe(404);
  });

  it('leaves out the process provider while others can reach the ops listener', async () => {
    const open = await ServerProcess.start({ env: { SIMPLETUNER_HOST: '0.0.0.0' } });
    try {
      const { providers } = await open.json<{ providers: { name: string }[] }>('/api/cloud/providers');
      expect(providers.map(({ name }) => name)).not.toContain('process');
      expect((await open.send('PUT', PROCESS, { command: ['true'] })).status).toBe(404);
    } finally {
      await open.dispose();
    }
  });
});

describe('the settings of a provider', () => {
  it('are changed as the guide does it, and audited by name alone', async () => {
    const response = await put({ webhook_allowed_ips: ['10.0.0.0/8', '192.168.0.0/16'] });
    expect(response.status).toBe(200);
    const view = (await response.json()) as View;
    expect(view.settings['webhook_allowed_ips']).toEqual(['10.0.0.0/8', '192.168.0.0/16']);
    expect(view.sources['webhook_allowed_ips']).toBe('stored');
    expect(response.headers.get('etag')).toBe(`"${view.version}"`);
    const proxy = await put({
      proxy_url: 'http://someone:opensesame@proxy:8080',
      http_timeout: 60.0,
      ssl_verify: true,
    });
    expect(((await proxy.json()) as View).settings['proxy_url']).toBe('http://***:***@proxy:8080');
    expect(server.log).not.toContain('opensesame');
    const { entries } = await server.json<{ entries: object[] }>('/api/audit?event_type=provider.configured&limit=1');
    expect(entries).toMatchObject([
      { target_id: 'process', details: { changed: ['http_timeout', 'proxy_url', 'ssl_verify'] } },
    ]);
    expect(JSON.stringify(entries)).not.toContain('opensesame');
  });

  it('are one record under both addresses', async () => {
    await put({ http_timeout: 45 }, {}, `${PROCESS}/config`);
    const [one, other] = await Promise.all([server.json<View>(PROCESS), server.json<View>(`${PROCESS}/config`)]);
    expect(one).toEqual(other);
    expect(one.settings['http_timeout']).toBe(45);
  });

  it('stay as they are under null, and go back to the default under ""', async () => {
    await put({ max_runtime_minutes: 90, hardware_profile: 'local' });
    const view = (await (await put({ max_runtime_minutes: null, hardware_profile: '' })).json()) as View;
    expect(view.settings).toMatchObject({ max_runtime_minutes: 90, hardware_profile: '' });
    expect(view.sources).toMatchObject({ max_runtime_minutes: 'stored', hardware_profile: 'default' });
  });

  it('are written only over the version that was read, when the writer says which', async () => {
    const read = await server.get(PROCESS);
    const tag = read.headers.get('etag') ?? '';
    expect((await put({ cost_per_hour: 1 }, { 'If-Match': tag })).status).toBe(200);
    const outdated = await put({ cost_per_hour: 2 }, { 'If-Match': tag });
    expect([outdated.status, (await failure(outdated)).error]).toEqual([412, 'precondition_failed']);
    expect((await put({ cost_per_hour: 3 }, { 'If-Match': '*' })).status).toBe(200);
    expect((await server.json<View>(PROCESS)).settings['cost_per_hour']).toBe(3);
  });

  it('are merged, not overwritten, when many write different fields at once', async () => {
    const before = (await server.json<View>(PROCESS)).version;
    const changes = { cost_limit_amount: 5, s3_rate_limit_max: 77, webhook_rate_limit_max: 88, max_concurrent: 3 };
    const writes = Object.entries(changes).map(([name, value]) => put({ [name]: value }));
    expect((await Promise.all(writes)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const view = await server.json<View>(PROCESS);
    expect(view.settings).toMatchObject(changes);
    expect(view.version).toBe(before + 4);
  });

  it('change nothing when a single field is bad', async () => {
    const before = await server.json<View>(PROCESS);
    const list = await put({ http_timeout: 10, webhook_allowed_ips: ['10.0.0.0/8', '10.0.0.999'] });
    expect(list.status).toBe(400);
    expect(await failure(list)).toMatchObject({
      error: 'invalid_input',
      detail: expect.stringContaining('"10.0.0.999"') as string,
    });
    const unknown = await put({ http_timeout: 10, webhook_allowed_ip: [] });
    expect(unknown.status).toBe(422);
    expect((await failure(unknown)).details?.fields).toEqual([
      { field: 'webhook_allowed_ip', message: 'is not a known field' },
    ]);
    for (const body of [{ hardware_profile: 'h100' }, { s3_public_url: 'http://example.com' }, { command: 'rm -rf /' }])
      expect((await put(body)).status).toBe(422);
    expect((await put([])).status).toBe(400);
    expect((await put(undefined)).status).toBe(400);
    expect(await server.json<View>(PROCESS)).toEqual(before);
  });

  it('stay readable with a password that was pasted as it is', async () => {
    expect((await put({ proxy_url: 'http://user:100%zz@127.0.0.1:3128' })).status).toBe(200);
    expect(await (await server.get(PROCESS)).text()).toContain('"http://***:***@127.0.0.1:3128"');
    expect((await put({ proxy_url: '' })).status).toBe(200);
  });

  it('take a certificate bundle only when it can be read', async () => {
    const file = join(folder, 'ca.pem');
    const missing = await put({ ssl_ca_bundle: file });
    expect([missing.status, (await failure(missing)).detail]).toEqual([422, expect.stringContaining('ENOENT')]);
    writeFileSync(file, 'no certificate');
    expect((await failure(await put({ ssl_ca_bundle: file }))).detail).toContain('holds no PEM certificate');
  });

  it('can be changed by an admin alone', async () => {
    const scoped = await server.send('POST', '/api/auth/api-keys', { name: 'reader', scopes: ['config.view'] });
    const { key } = (await scoped.json()) as { key: string };
    const headers = { 'X-API-Key': key };
    expect((await server.get(PROCESS, { headers })).status).toBe(200);
    expect((await put({ http_timeout: 1 }, headers)).status).toBe(403);
    const forwarded = { 'X-Forwarded-For': '203.0.113.9' };
    expect((await put({ command: ['true'] }, forwarded)).status).toBe(401);
    expect((await server.get('/api/cloud/providers', { headers: forwarded })).status).toBe(401);
  });
});

describe('the advanced configuration', () => {
  it('shows and takes its own fields alone', async () => {
    const { settings } = await server.json<View>(`${PROCESS}/advanced`);
    expect(settings).toHaveProperty('proxy_url');
    expect(settings).not.toHaveProperty('command');
    const patched = await server.send('PATCH', `${PROCESS}/advanced`, { http_timeout: 12 });
    expect(((await patched.json()) as View).settings['http_timeout']).toBe(12);
    const other = await server.send('PATCH', `${PROCESS}/advanced`, { command: ['true'] });
    expect(other.status).toBe(422);
  });
});

describe('validation', () => {
  it('says what is missing until nothing is', async () => {
    await put({ command: '' });
    expect(await server.json(`${PROCESS}/validate`)).toMatchObject({
      valid: false,
      message: expect.stringContaining('command') as string,
    });
    await put({ command: ['no-such-trainer'] });
    expect(await server.json(`${PROCESS}/validate`)).toMatchObject({
      valid: false,
      message: expect.stringContaining('ENOENT') as string,
    });
    await put({ command: ['sh', '-c', 'exit 0'] });
    expect(await server.json(`${PROCESS}/validate`)).toMatchObject({ provider: 'process', valid: true });
  });
});

describe('over a restart', () => {
  it('settings stay, and the environment wins where it speaks', async () => {
    await put({ http_timeout: 60, proxy_url: 'http://stored:secret@proxy:8080' });
    await server.terminate();
    await server.restart({
      SIMPLETUNER_HTTP_TIMEOUT: '7.5',
      https_proxy: 'http://env:word@other:3128',
      SIMPLETUNER_SSL_VERIFY: 'false',
    });
    const { settings, sources } = await server.json<View>(PROCESS);
    expect(settings).toMatchObject({ http_timeout: 7.5, proxy_url: 'http://***:***@other:3128', ssl_verify: false });
    expect(sources).toMatchObject({
      http_timeout: 'environment',
      proxy_url: 'environment',
      ssl_verify: 'environment',
      command: 'stored',
    });
    await server.kill();
    await server.restart();
    const stored = await server.json<View>(PROCESS);
    expect(stored.settings).toMatchObject({
      http_timeout: 60,
      proxy_url: 'http://***:***@proxy:8080',
      ssl_verify: true,
    });
    expect(stored.sources['ssl_verify']).toBe('stored');
  });
});
