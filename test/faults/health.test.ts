import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { burst } from '../support/burst.js';
import { LiveWatch } from '../support/live-watch.js';
import { ProviderProcess } from '../support/provider-process.js';
import { ServerProcess } from '../support/server.js';
import { freePort, startMariaDb, startPostgres, startRedis, type ServerProcess as Store } from '../support/servers.js';
import { SmallDisk } from '../support/small-disk.js';
import { mariaDbStatements, postgresStatements, type StatementCounts } from '../support/statement-log.js';

const recoveryMs = 45_000;
const poolSize = 3;
const stranger = { 'X-Forwarded-For': '203.0.113.7' };

interface Report {
  readonly status: string;
  readonly components: readonly { readonly name: string; readonly status: string; readonly message: string }[];
}

async function health(server: ServerProcess, query = ''): Promise<Report & { readonly code: number }> {
  const response = await server.get(`/api/cloud/health${query}`);
  return { code: response.status, ...((await response.json()) as Report) };
}

async function readiness(server: ServerProcess): Promise<string> {
  const response = await server.get('/api/cloud/health/ready');
  const { status, detail } = (await response.json()) as { status: string; detail?: string };
  return [response.status, status, ...(detail === undefined ? [] : [detail])].join(' ');
}

const until = (condition: () => Promise<boolean>): Promise<unknown> =>
  vi.waitUntil(() => condition().catch(() => false), { timeout: recoveryMs, interval: 50 });
/** The report in which the component has that status at last. */
async function untilComponent(
  server: ServerProcess,
  name: string,
  status: string,
  query = '',
): Promise<Awaited<ReturnType<typeof health>>> {
  let report = await health(server, query);
  await until(async () => {
    const { components } = (report = await health(server, query));
    return components.find((component) => component.name === name)?.status === status;
  });
  return report;
}

const databases = {
  PostgreSQL: { start: startPostgres, statements: postgresStatements },
  MariaDB: { start: startMariaDb, statements: mariaDbStatements },
} as const;

describe.each(Object.keys(databases) as (keyof typeof databases)[])('a server over %s', (product) => {
  let store: Store;
  let server: ServerProcess;
  let key: string;
  beforeAll(async () => {
    store = await databases[product].start();
    const env = {
      SIMPLETUNER_DATABASE_URL: store.url,
      SIMPLETUNER_DATABASE_POOL_SIZE: String(poolSize),
      SIMPLETUNER_SECRET_KEY: 'k'.repeat(40),
    };
    server = await ServerProcess.start({ env });
    const made = await server.send('POST', '/api/auth/api-keys', { name: 'monitor' });
    ({ key } = (await made.json()) as { key: string });
  });
  afterAll(async () => {
    store.thaw();
    await server.dispose();
    await store.remove();
  });

  it('names its backends', async () => {
    const { components } = await health(server);
    const messages = Object.fromEntries(components.map(({ name, message }) => [name, message]));
    expect(messages).toMatchObject({
      database: `${product} database accessible`,
      state_backend: `${product} state backend accessible`,
    });
  });

  it('lets a storm of probes reach the database once a second, whoever asks', async () => {
    const log = await databases[product].statements(store);
    const withKey = { 'X-API-Key': key };
    const paths = ['', '?include_providers=true', '/live', '/ready', '/startup'];
    const asked = paths.flatMap((path) =>
      [{}, stranger, withKey].map((headers) => ({ path: `/api/cloud/health${path}`, headers })),
    );
    const storm = Array.from({ length: 1_200 }, (_, turn) => asked[turn % asked.length]!);
    const startedMs = performance.now();
    // Longer than an answer is kept: whatever the machine can do, a thousand are there at every moment.
    do {
      const statuses = await burst(server.ops, storm, 40);
      expect(statuses).toHaveLength(storm.length);
      expect(new Set(statuses)).toEqual(new Set([200]));
    } while (performance.now() - startedMs < 2_000);
    const seconds = (performance.now() - startedMs) / 1_000;
    const statements = await log.take();
    // What works in the background may ask as often again: at most every quarter of a second.
    const often = [...statements].filter(([, count]) => count > 5 * (Math.ceil(seconds) + 1));
    expect(often).toEqual([]);
    expect(countOf(statements, /UPDATE heartbeat/i)).toBeLessThanOrEqual(Math.ceil(seconds) + 1);
    expect(countOf(statements, /UPDATE heartbeat/i)).toBeGreaterThan(0);
    expect(countOf(statements, /FROM [`"]?api_keys/i)).toBeLessThanOrEqual(Math.ceil(seconds) + 1);
  });

  const expectToBeLost = async (): Promise<void> => {
    await until(async () => (await readiness(server)).startsWith('503 not_ready database: '));
    const report = await health(server);
    expect([report.code, report.status]).toEqual([503, 'unhealthy']);
    expect(report.components.find(({ name }) => name === 'database')?.message).toMatch(
      new RegExp(`${product} database cannot be reached|No answer within`),
    );
    // Whoever has a login that nobody can look up now still learns the status.
    await until(async () => {
      const response = await server.get('/api/cloud/health', { headers: { ...stranger, 'X-API-Key': key } });
      expect([response.status, await response.json()]).toEqual([503, { status: 'unhealthy' }]);
      return true;
    });
  };
  const expectToBeBack = async (): Promise<void> => {
    await until(async () => (await readiness(server)) === '200 ready');
    await until(async () => (await health(server)).status === 'healthy');
  };

  it('is not ready while it is stopped, alive all the same, and ready by itself afterwards', async () => {
    const watch = new LiveWatch(server);
    await store.stop();
    await expectToBeLost();
    await store.restart();
    await expectToBeBack();
    expect(await watch.end()).toEqual([200]);
  });

  it('is not ready while it is frozen, asks it nothing more meanwhile, and is ready again when it is thawed', async () => {
    const watch = new LiveWatch(server);
    store.freeze();
    await expectToBeLost();
    // More rounds of probes than the pool has connections.
    for (let round = 0; round <= poolSize; round += 1) {
      expect(await readiness(server)).toMatch(/^503 not_ready database: /);
    }
    store.thaw();
    await expectToBeBack();
    expect(await watch.end()).toEqual([200]);
  });
});

function countOf(statements: StatementCounts, text: RegExp): number {
  return [...statements].reduce((sum, [statement, count]) => (text.test(statement) ? sum + count : sum), 0);
}

describe('a server that only loses what it can do without', () => {
  let redis: Store;
  let disk: SmallDisk;
  let provider: ProviderProcess;
  let server: ServerProcess;
  beforeAll(async () => {
    redis = await startRedis();
    const home = mkdtempSync(join(tmpdir(), 'simpletuner-test-'));
    mkdirSync(join(home, 'outputs'));
    disk = SmallDisk.mount(16, join(home, 'outputs'));
    const providerPort = await freePort();
    provider = new ProviderProcess(providerPort);
    await provider.start();
    server = await ServerProcess.start({
      home,
      env: {
        STATE_BACKEND: 'redis',
        STATE_BACKEND_URL: redis.url,
        REPLICATE_API_TOKEN: 'r8_a_token_for_tests',
        REPLICATE_API_BASE_URL: `http://127.0.0.1:${providerPort}/v1`,
      },
    });
  });
  afterAll(async () => {
    redis.thaw();
    await provider.stop();
    await server.kill();
    disk.unmount();
    await server.dispose();
    await redis.remove();
  });

  const withProviders = '?include_providers=true';

  /** Loses and finds again, and says what was seen meanwhile. */
  const lose = async (
    component: string,
    worst: string,
    lost: () => Promise<void> | void,
    found: () => Promise<void> | void,
  ): Promise<void> => {
    await untilComponent(server, component, 'healthy', withProviders);
    const watch = new LiveWatch(server);
    await lost();
    const report = await untilComponent(server, component, worst, withProviders);
    expect(await readiness(server)).toBe('200 ready');
    expect([report.code, report.status]).toEqual([worst === 'unhealthy' ? 503 : 200, worst]);
    await found();
    await untilComponent(server, component, 'healthy', withProviders);
    expect(await readiness(server)).toBe('200 ready');
    expect(await watch.end()).toEqual([200]);
  };

  it('such as Redis, stopped', () =>
    lose(
      'state_backend',
      'degraded',
      () => redis.stop(),
      () => redis.restart(),
    ));

  it('such as Redis, frozen', () =>
    lose(
      'state_backend',
      'degraded',
      () => redis.freeze(),
      () => redis.thaw(),
    ));

  /** Its breaker would leave it alone for a minute; new settings are tried at once. */
  const closeBreaker = async (): Promise<void> => {
    const answer = await server.send('PUT', '/api/cloud/providers/replicate', { http_timeout: 30 });
    expect(answer.status).toBe(200);
  };

  it('such as a provider, stopped', () =>
    lose(
      'provider_replicate',
      'degraded',
      () => provider.stop(),
      () => provider.start().then(closeBreaker),
    ));

  it('such as a provider, frozen', () =>
    lose(
      'provider_replicate',
      'degraded',
      () => provider.signal('SIGSTOP'),
      () => {
        provider.signal('SIGCONT');
        return closeBreaker();
      },
    ));

  it('such as the disk of the artifacts, when it is full', () =>
    lose(
      'storage',
      'degraded',
      () => disk.fill(),
      () => disk.free(),
    ));

  it('such as the disk of the artifacts, when it cannot be written any more', async () => {
    await lose(
      'storage',
      'unhealthy',
      () => disk.makeReadOnly(),
      () => disk.makeReadOnly(false),
    );
  });
});
