import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ServerProcess } from '../support/server.js';
import { startMariaDb, startPostgres, startRedis, type ServerProcess as Store } from '../support/servers.js';

const stores = { redis: startRedis, postgresql: startPostgres, mysql: startMariaDb } as const;
const kinds = (Object.keys(stores) as (keyof typeof stores)[]).filter(
  (kind) => process.env['DRIVERS']?.split(',').includes(kind) ?? true,
);
const recoveryMs = 45_000;

interface Component {
  readonly name: string;
  readonly status: string;
  readonly message: string;
}

describe.each(kinds)('a server whose %s is lost', (kind) => {
  let store: Store;
  let server: ServerProcess;

  beforeAll(async () => {
    store = await stores[kind]();
    server = await ServerProcess.start({ env: { STATE_BACKEND: kind, STATE_BACKEND_URL: store.url } });
  });
  afterAll(async () => {
    store.thaw();
    await server.dispose();
    await store.remove();
  });

  const ask = (path: string, address: string, method = 'GET'): Promise<Response> =>
    server.get(path, { method, headers: { 'X-Forwarded-For': address } });
  const component = async (): Promise<Component> => {
    const { components } = await server.json<{ components: readonly Component[] }>('/api/cloud/health');
    return components.find(({ name }) => name === 'state_backend')!;
  };
  const untilStatus = (status: string): Promise<unknown> =>
    vi.waitUntil(async () => (await component()).status === status, { timeout: recoveryMs, interval: 100 });
  const fallbackRequests = async (): Promise<number> => {
    const { store: view } = await server.json<{ store: { fallback_requests: number } }>('/api/cloud/rate-limits');
    return view.fallback_requests;
  };

  /** What callers meet while the store is away; `address` must be fresh. */
  const expectToServeWithout = async (address: string): Promise<void> => {
    const before = await fallbackRequests();
    const responses = await Promise.all(Array.from({ length: 120 }, () => ask('/api/anything', address)));
    const statuses = responses.map(({ status }) => status);
    expect(statuses.filter((status) => status === 404)).toHaveLength(100);
    expect(statuses.filter((status) => status === 429)).toHaveLength(20);
    for (const { headers } of responses) expect(headers.get('x-ratelimit-limit')).toBe('100');
    for (const path of ['/api/auth/login', '/api/auth/register']) {
      const refused = await ask(path, address, 'POST');
      expect([path, refused.status]).toEqual([path, 503]);
      expect(await refused.json()).toMatchObject({ error: 'not_ready' });
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(refused.headers.get('x-ratelimit-remaining')).toBe('0');
    }
    const health = await server.get('/api/cloud/health');
    expect([health.status, ((await health.json()) as { status: string }).status]).toEqual([200, 'degraded']);
    expect(await component()).toMatchObject({
      status: 'degraded',
      message: expect.stringContaining('each process') as string,
    });
    expect((await server.get('/api/cloud/health/ready')).status).toBe(200);
    expect(await fallbackRequests()).toBeGreaterThan(before);
  };

  const expectToShareAgain = async (address: string): Promise<void> => {
    await untilStatus('healthy');
    const counted = await fallbackRequests();
    const statuses = await Promise.all(Array.from({ length: 7 }, () => ask('/api/auth/login', address, 'POST')));
    expect(statuses.filter(({ status }) => status === 429)).toHaveLength(2);
    expect(await fallbackRequests()).toBe(counted);
    const report = await server.json<{ keys: readonly { key: string }[] }>('/api/cloud/rate-limits?limit=100');
    expect(report.keys.map(({ key }) => key)).toContain(`login:${address}`);
  };

  it('because it is stopped serves on with limits of its own, refuses logins, and shares again when it is back', async () => {
    expect((await ask('/api/auth/login', '203.0.113.1', 'POST')).status).toBe(404);
    await store.stop();
    await untilStatus('degraded');
    await expectToServeWithout('203.0.113.2');
    await store.restart();
    await expectToShareAgain('203.0.113.3');
  });

  it('because it is frozen makes no caller wait for it longer than a second or so, and recovers', async () => {
    store.freeze();
    // The requests that find out wait for one time-out, all of them at once; whoever comes later does not wait.
    const found = await Promise.all(Array.from({ length: 40 }, () => ask('/api/anything', '203.0.113.4')));
    expect(found.map(({ status }) => status)).toEqual(Array.from({ length: 40 }, () => 404));
    await expectToServeWithout('203.0.113.5');
    store.thaw();
    await expectToShareAgain('203.0.113.6');
  });

  it('keeps refusing whoever was over the limit when the store was lost', async () => {
    await Promise.all(Array.from({ length: 6 }, () => ask('/api/auth/login', '203.0.113.9', 'POST')));
    await store.stop();
    await untilStatus('degraded');
    expect((await ask('/api/auth/login', '203.0.113.9', 'POST')).status).toBe(429);
    await store.restart();
    await untilStatus('healthy');
  });
});

it('a server whose state backend cannot be reached at the start says so and names the setting', async () => {
  const attempt = ServerProcess.start({
    env: {
      STATE_BACKEND: 'redis',
      STATE_BACKEND_URL: 'redis://user:hunter2@127.0.0.1:1/0',
      STATE_BACKEND_TIMEOUT: '1',
    },
  });
  const message = await attempt.then(
    () => 'started',
    (error: unknown) => String(error),
  );
  expect(message).toContain('STATE_BACKEND_URL');
  expect(message).toContain('redis://127.0.0.1:1/0');
  expect(message).not.toContain('hunter2');
});
