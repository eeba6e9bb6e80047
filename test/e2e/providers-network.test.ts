import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ReplicateDouble } from '../support/replicate-double.js';
import { ServerProcess } from '../support/server.js';
import { startTinyProxy, type TinyProxy } from '../support/tinyproxy.js';
import { localhostIdentity, privateAuthorityPem } from '../support/tls-identities.js';

const REPLICATE = '/api/cloud/providers/replicate';
const folder = mkdtempSync(join(tmpdir(), 'network-'));
const bundle = join(folder, 'ca.pem');
let double: ReplicateDouble;
let proxy: TinyProxy;
let server: ServerProcess;
const said: string[] = [];

beforeAll(async () => {
  writeFileSync(bundle, privateAuthorityPem);
  [double, proxy] = await Promise.all([
    ReplicateDouble.start(localhostIdentity),
    startTinyProxy('BasicAuth me word4proxy'),
  ]);
  server = await ServerProcess.start({ env: { REPLICATE_API_BASE_URL: double.baseUrl } });
});
afterAll(async () => {
  await server.dispose();
  proxy.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await server.send(method, `${REPLICATE}${path}`, body, headers);
  const text = await response.text();
  said.push(text);
  return {
    status: response.status,
    tag: response.headers.get('etag') ?? '',
    body: JSON.parse(text) as Record<string, unknown>,
  };
}

async function put(settings: object): Promise<Record<string, unknown>> {
  const { status, body } = await send('PUT', '', settings);
  expect(status).toBe(200);
  return body;
}

async function validate(headers: Record<string, string> = {}): Promise<unknown> {
  return server.json(`${REPLICATE}/validate`, { headers });
}

async function auditOf(type: string): Promise<object[]> {
  const { entries } = await server.json<{ entries: object[] }>(`/api/audit?event_type=${type}&limit=20`);
  said.push(JSON.stringify(entries));
  return entries;
}

describe('the token of a provider', () => {
  it('is stored in the secrets file, counts at once, and is never told again', async () => {
    const token = ReplicateDouble.token;
    const made = await send('PUT', '/token', { token: 'r8_first_token_0000' });
    expect(made).toMatchObject({
      status: 200,
      body: { provider: 'replicate', secret: 'REPLICATE_API_TOKEN', is_set: true, source: 'file', shadowed: [] },
    });
    expect(statSync(join(server.home, 'secrets.json')).mode & 0o777).toBe(0o600);
    const again = await send('PUT', '/token', { token }, { 'If-Match': made.tag });
    expect(again.status).toBe(200);
    expect((await send('GET', '')).tag).toBe(again.tag);
    expect((await send('PUT', '/token', { token: 'r8_late' }, { 'If-Match': made.tag })).status).toBe(412);
    expect(JSON.parse(readFileSync(join(server.home, 'secrets.json'), 'utf8'))).toEqual({ REPLICATE_API_TOKEN: token });
    for (const type of ['credential.created', 'secret.rotated'])
      expect(await auditOf(type)).toMatchObject([
        { target_id: 'REPLICATE_API_TOKEN', details: { provider: 'replicate' } },
      ]);
    await put({ ssl_ca_bundle: bundle });
    expect(await validate()).toMatchObject({ valid: true });
  });

  it.each([[{}], [{ token: '' }], [{ token: 'two words' }], [{ token: 7 }], [{ token: 'x', more: 1 }]])(
    'is refused as %j',
    async (body) => {
      expect((await send('PUT', '/token', body)).status).toBe(422);
    },
  );

  it('is a matter of providers that need one', async () => {
    const response = await server.send('PUT', '/api/cloud/providers/process/token', { token: 'x' });
    expect(response.status).toBe(404);
    expect((await server.send('DELETE', '/api/cloud/providers/nobody/token')).status).toBe(404);
  });
});

describe('settings of the way out', () => {
  it('count for the very next call', async () => {
    await put({ ssl_ca_bundle: '' });
    expect(await validate()).toMatchObject({ valid: false });
    await put({ ssl_ca_bundle: bundle });
    expect(await validate()).toMatchObject({ valid: true });
    const before = proxy.log().length;
    await put({ proxy_url: `http://me:word4proxy@127.0.0.1:${proxy.port}` });
    expect(await validate()).toMatchObject({ valid: true });
    expect(proxy.log().slice(before)).toContain(`CONNECT ${new URL(double.baseUrl).host}`);
    await put({ proxy_url: '' });
  }, 60_000);

  it('send the correlation id along', async () => {
    await validate({ 'X-Correlation-ID': 'from-the-operator-1' });
    expect(double.requests.at(-1)?.headers['x-correlation-id']).toBe('from-the-operator-1');
  });

  it('can be tried before they are stored', async () => {
    const { version } = (await send('GET', '')).body;
    const failed = await send('POST', '/test-connection', { proxy_url: 'http://me:word4proxy@127.0.0.1:1' });
    expect(failed).toMatchObject({
      status: 200,
      body: { ok: false, steps: [{ name: 'tcp', ok: false, detail: expect.stringContaining('refused') as string }] },
    });
    const fine = await send('POST', '/test-connection', {});
    expect(fine.body).toMatchObject({ ok: true });
    expect((fine.body['steps'] as { name: string }[]).map(({ name }) => name)).toEqual(['dns', 'tcp', 'tls', 'http']);
    expect((await send('GET', '')).body['version']).toBe(version);
    expect((await send('POST', '/test-connection', { no_such: 1 })).status).toBe(422);
    const process = await server.send('POST', '/api/cloud/providers/process/test-connection', {});
    expect(await process.json()).toMatchObject({ ok: true, steps: [] });
  });

  it('say it where certificates are not verified', async () => {
    const off = await put({ ssl_verify: false });
    expect(off).toMatchObject({ banner: true });
    expect(Date.parse(String(off['ssl_verify_expires_at'])) - Date.now()).toBeGreaterThan(86_000_000);
    expect(await auditOf('provider.configured')).toContainEqual(
      expect.objectContaining({
        details: expect.objectContaining({ unverified_until: off['ssl_verify_expires_at'] }) as object,
      }),
    );
    expect(await put({ ssl_verify: true })).toMatchObject({ banner: false, ssl_verify_expires_at: null });
  });
});

describe('the circuit breaker of a provider', () => {
  const component = async (): Promise<unknown> => {
    const { components } = await server.json<{ components: { name: string }[] }>('/api/cloud/health');
    return components.find(({ name }) => name === 'circuit_breaker_replicate');
  };

  it('opens after failures, shows in health, keeps jobs waiting, and closes by new settings', async () => {
    expect(await component()).toMatchObject({ status: 'healthy', message: 'Closed' });
    const slowDown = { kind: 'status', status: 429, headers: { 'Retry-After': '600' } } as const;
    double.faults.push(...Array.from({ length: 5 }, () => slowDown));
    for (let time = 0; time < 5; time += 1) await validate();
    const asked = double.requests.length;
    expect(await validate()).toMatchObject({ valid: false, message: expect.stringContaining('left alone') as string });
    const submitted = await server.send('POST', '/api/cloud/jobs/submit?provider=replicate', {
      config: { max_train_steps: 1 },
      hardware_profile: 'l40s',
    });
    expect(submitted.status).toBe(201);
    expect(double.requests.length).toBe(asked);
    await expect
      .poll(component, { timeout: 5_000 })
      .toMatchObject({ status: 'degraded', message: expect.stringMatching(/^Open/) as string });
    await put({ http_timeout: 20 });
    expect(await validate()).toMatchObject({ valid: true });
  });
});

describe('a token in the environment', () => {
  it('shadows the stored one, which is said; a removed one is gone', async () => {
    await server.terminate();
    await server.restart({ REPLICATE_API_TOKEN: ReplicateDouble.token });
    const stored = await send('PUT', '/token', { token: 'r8_second_token_1111' });
    expect(stored.body).toMatchObject({
      source: 'env',
      shadowed: ['file'],
      message: expect.stringContaining('does not count') as string,
    });
    expect((await send('DELETE', '/token')).body).toMatchObject({ source: 'env', shadowed: [] });
    expect(await auditOf('credential.deleted')).toHaveLength(1);
    expect(JSON.parse(readFileSync(join(server.home, 'secrets.json'), 'utf8'))).toEqual({});
  });

  it('like every other credential was never told', () => {
    for (const secret of ['r8_first_token_0000', 'r8_second_token_1111', ReplicateDouble.token, 'word4proxy'])
      expect(said.join() + server.log).not.toContain(secret);
  });
});
