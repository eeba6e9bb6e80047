import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { signWebhook } from '#libs/webhook-signature';
import { Balancer } from '../support/balancer.js';
import { freshDatabase, freshRedisSpace } from '../support/databases.js';
import { alertNames, panelQueries } from '../support/monitoring.js';
import { ServerProcess } from '../support/server.js';
import { freePort } from '../support/servers.js';
import { PROGRAM, s3Client, startJob } from '../support/storage-job.js';
import { Prometheus } from './support/prometheus.js';

const TOKEN = 'a-token-for-scrapers-of-32-characters';
const WEBHOOK_SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const SCRAPE_INTERVAL_MS = 500;
/** One after the other, each: a slow machine is asked less, not overrun. */
const CALLERS = 6;
const REQUESTS_MIN = 50;
const PAUSE_MS = 50;
const COUNTED = 'simpletuner_http_requests_total{endpoint="GET_/api/cloud/jobs"}';

/** One program for all jobs, so that no replica can still have another one in mind. */
const settings = {
  command: [
    process.execPath,
    '-e',
    `const { EXIT_CODE } = process.env; if (EXIT_CODE) process.exit(+EXIT_CODE);${PROGRAM}`,
  ],
  ...{ cost_limit_enabled: true, cost_limit_amount: 1_000_000, cost_per_hour: 100_000 },
};

let home: string;
let servers: readonly ServerProcess[];
let balancer: Balancer;
let prometheus: Prometheus;
let headers: Record<string, string>;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'simpletuner-fleet-'));
  const redis = freshRedisSpace();
  const records = await freshDatabase('postgres');
  const start = async (): Promise<ServerProcess> =>
    ServerProcess.start({
      home,
      env: {
        SIMPLETUNER_PORT: String(await freePort()),
        SIMPLETUNER_PUBLIC_PORT: String(await freePort()),
        SIMPLETUNER_REPLICAS: '2',
        SIMPLETUNER_SECRET_KEY: 'a master key that both replicas share, of course',
        SIMPLETUNER_DATABASE_URL: records,
        SIMPLETUNER_METRICS_TOKEN: TOKEN,
        SIMPLETUNER_DRAIN_SECONDS: '3',
        SIMPLETUNER_JOB_POLL_INTERVAL: '1',
        SIMPLETUNER_BACKUP_SCHEDULE: '0 3 * * *',
        STATE_BACKEND: 'redis',
        STATE_BACKEND_URL: redis.url,
        STATE_BACKEND_KEY_PREFIX: redis.prefix,
        RATE_LIMIT_CALLS: '100000',
        CLOUD_WEBHOOK_SECRET: WEBHOOK_SECRET,
      },
    });
  const first = await start();
  expect((await first.send('PUT', '/api/cloud/providers/process', settings)).status).toBe(200);
  servers = [first, await start()];
  await first.send('POST', '/api/cloud/metrics/config/templates/full');
  const made = await first.send('POST', '/api/auth/api-keys', { name: 'load', scopes: ['job.view.all'] });
  headers = { 'X-API-Key': ((await made.json()) as { key: string }).key };
  balancer = await Balancer.start(servers);
  prometheus = await Prometheus.start([new URL(balancer.ops).host], TOKEN, SCRAPE_INTERVAL_MS);
});
afterAll(async () => {
  await Promise.all([prometheus.stop(), balancer.stop()]);
  await Promise.all(servers.map((server) => server.dispose()));
  rmSync(home, { recursive: true, force: true });
});

const list = (): Promise<Response> => fetch(`${balancer.ops}/api/cloud/jobs`, { headers });
const scraped = (check: () => Promise<void>): Promise<void> => vi.waitFor(check, { timeout: 20_000, interval: 200 });

describe('a Prometheus that scrapes two replicas through nginx', () => {
  it('reads the rate at which requests were answered, while one replica after the other is restarted', async () => {
    await list();
    await scraped(async () => expect(await prometheus.sum(COUNTED)).toBe(1));
    const [first] = await prometheus.query(`${COUNTED}[1m]`);
    const [fromSeconds] = first?.values.at(-1) ?? [NaN];

    let isOver = false;
    const restarts = (async () => {
      for (const server of servers) {
        expect(await server.terminate()).toBe(0);
        await server.restart();
        await vi.waitFor(async () => expect((await server.get('/api/cloud/health/ready')).status).toBe(200), 20_000);
      }
    })().finally(() => (isOver = true));
    const answered = new Map<number, number>();
    const caller = async (): Promise<void> => {
      for (let sent = 0; !isOver || sent < REQUESTS_MIN; sent += 1) {
        const status = await list().then(
          async (answer) => (await answer.arrayBuffer(), answer.status),
          () => 0,
        );
        answered.set(status, (answered.get(status) ?? 0) + 1);
        await pause(PAUSE_MS);
      }
    };
    await Promise.all(Array.from({ length: CALLERS }, caller));
    await restarts;
    const requests = answered.get(200) ?? 0;
    expect([...answered.keys()]).toEqual([200]);

    await scraped(async () => expect(await prometheus.sum(COUNTED)).toBeGreaterThanOrEqual(requests + 1));
    const all = await prometheus.query(`${COUNTED}[2m]`);
    // Whichever replica was asked told of one and the same series, which never fell.
    expect(all).toHaveLength(1);
    const values = all[0]?.values ?? [];
    expect(values.map(([, value]) => value)).toEqual(values.map(([, value]) => value).sort((a, b) => a - b));
    expect(values.length).toBeGreaterThan(10);
    const [toSeconds] = values.find(([, value]) => value >= requests + 1) ?? [NaN];
    const seconds = toSeconds - fromSeconds;
    const [rate] = await prometheus.query(`rate(${COUNTED}[${Math.round(seconds * 1_000)}ms])`, toSeconds);
    const perSecond = rate?.values[0]?.[1] ?? NaN;
    expect(Math.abs(perSecond / (requests / seconds) - 1)).toBeLessThan(0.01);
  });

  it('has numbers for every panel of every dashboard, and figures that moved where something happened', async () => {
    await traffic();
    await scraped(async () =>
      expect(await prometheus.sum('simpletuner_jobs_ended_total{status="failed"}')).toBeGreaterThan(0),
    );
    await traffic();
    for (const family of moved)
      await scraped(async () => expect(await prometheus.sum(family), family).toBeGreaterThan(0));
    // A replica's own series has a rate once it moved between two scrapes of that replica: uploads go on till then.
    await scraped(async () => {
      await upload();
      const empty: string[] = [];
      for (const { dashboard, panel, expr } of panelQueries()) {
        const found = await prometheus.query(expr.replaceAll('$__rate_interval', '2m').replaceAll('$instance', '.*'));
        if (!found.some(({ values: [sample] }) => Number.isFinite(sample?.[1]))) empty.push(`${dashboard}: ${panel}`);
      }
      // These servers speak plain HTTP, and no provider of theirs tells of credit.
      expect(empty).toEqual([
        'SimpleTuner: fleet overview: Certificate left',
        'SimpleTuner: jobs and cost: Credit left',
      ]);
    });
  });

  it('evaluates every alert, and raises none', async () => {
    await scraped(async () => {
      const alerts = await prometheus.alerts();
      const told = alerts.map(({ name, health }) => `${name}: ${health}`);
      expect(told.sort()).toEqual(alertNames().map((name) => `${name}: ok`));
      expect(alerts.filter(({ state }) => state === 'firing')).toEqual([]);
    });
  });
});

/** What panels show, and must have moved with the traffic below. */
const moved = [
  'max(increase(simpletuner_jobs_ended_total{status="completed"}[2m]))',
  'max(increase(simpletuner_jobs_ended_total{status="failed"}[2m]))',
  'max(increase(simpletuner_jobs_submitted_total[2m]))',
  'max(increase(simpletuner_provider_cost_usd_total[2m]))',
  'max(simpletuner_cost_limit_percent_used)',
  'max(increase(simpletuner_rate_limit_violations_total[2m]))',
  'sum(increase(simpletuner_rate_limit_requests_total{verdict="refused"}[2m]))',
  'max(increase(simpletuner_webhook_deliveries_total{result="received"}[2m]))',
  'max(increase(simpletuner_webhook_deliveries_total{result="processed"}[2m]))',
  'max(increase(simpletuner_webhook_deliveries_total{result="rejected"}[2m]))',
  'sum(increase(simpletuner_storage_received_bytes_total[2m]))',
  'max(simpletuner_storage_objects)',
  'max(simpletuner_storage_bytes{kind="objects"})',
  'max(increase(simpletuner_audit_log_entries_total[2m]))',
  'sum(increase(simpletuner_http_request_duration_seconds_count{status="401"}[2m]))',
  'sum(increase(simpletuner_http_request_duration_seconds_count{route=~"/api/cloud/storage.*"}[2m]))',
];

async function upload(): Promise<void> {
  const [server] = servers as [ServerProcess];
  const job = await startJob(server, settings);
  // By each replica: how long answers took is counted by the one that gave them, and one that gave a single one shows no rate.
  for (const origin of [balancer.publicOrigin, ...servers.map(({ public: own }) => own)]) {
    const client = s3Client({ ...job, endpoint: `${origin}/api/cloud/storage` });
    await client.send(new PutObjectCommand({ Bucket: job.jobId, Key: randomUUID(), Body: Buffer.alloc(100_000) }));
  }
  await server.send('POST', `/api/cloud/jobs/${job.jobId}/cancel`);
}

/** Something of everything that the dashboards show. */
async function traffic(): Promise<void> {
  const [server] = servers as [ServerProcess];
  await upload();
  for (const code of [0, 1]) await runJob(server, code);
  await sendWebhooks();
  const stranger = { 'X-Forwarded-For': '203.0.113.77' };
  for (let request = 0; request < 5; request += 1)
    await fetch(`${balancer.ops}/api/auth/register`, { method: 'POST', headers: stranger });
  for (const path of ['/api/cloud/jobs', '/api/auth/api-keys'])
    expect((await fetch(`${balancer.ops}${path}`)).status).toBe(401);
  expect((await server.send('POST', '/api/backup')).ok).toBe(true);
}

async function runJob(server: ServerProcess, code: number): Promise<void> {
  const body = { config: {}, env: { EXIT_CODE: String(code) } };
  const answer = await server.send('POST', '/api/cloud/jobs/submit?provider=process', body);
  const { job_id: jobId } = (await answer.json()) as { job_id: string };
  await vi.waitFor(
    async () => {
      const { job } = await server.json<{ job: { status: string } }>(`/api/cloud/jobs/${jobId}`);
      expect(job.status).toBe(code === 0 ? 'completed' : 'failed');
    },
    { timeout: 20_000, interval: 100 },
  );
}

async function sendWebhooks(): Promise<void> {
  const id = randomUUID();
  const body = JSON.stringify({ id: `prediction-${id}`, status: 'processing', logs: '' });
  const signed = signWebhook({ id, timeMs: Date.now(), body, secrets: [WEBHOOK_SECRET] });
  for (const proof of [signed, signed, {}])
    await fetch(`${balancer.publicOrigin}/api/webhooks/replicate`, { method: 'POST', headers: { ...proof }, body });
}
