import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Exposition } from '../support/exposition.js';
import { ServerProcess } from '../support/server.js';
import { freePort } from '../support/servers.js';

const ENDED = 'simpletuner_jobs_by_status{status="completed"}';
const SUBMIT = 'POST_/api/cloud/jobs/submit';
const LIMIT_USD = 1_000_000;

/** Each of the guide's families by an event that moves it, on one server. */
describe('the families that the guide lists move with what happens:', () => {
  let server: ServerProcess;
  let before: Exposition;
  const now = (): Promise<Exposition> => Exposition.of(server);
  const submit = async (provider: string, code = 0): Promise<string> => {
    if (provider === 'process')
      await server.send('PUT', '/api/cloud/providers/process', {
        command: [process.execPath, '-e', `process.exit(${code})`],
      });
    const body = { config: { max_train_steps: 1 }, dataloader_config: [{ id: 'photos' }] };
    const answer = await server.send('POST', `/api/cloud/jobs/submit?provider=${provider}`, body);
    expect(answer.status).toBe(201);
    return ((await answer.json()) as { job_id: string }).job_id;
  };
  const until = (check: (page: Exposition) => void): Promise<void> =>
    vi.waitFor(async () => check(await now()), { timeout: 30_000, interval: 100 });

  beforeAll(async () => {
    server = await ServerProcess.start({
      env: {
        SIMPLETUNER_JOB_POLL_INTERVAL: '0.2',
        REPLICATE_API_TOKEN: 'r8_0123456789abcdefghijklmnopqrstuvwxyzA',
        // Nobody listens there.
        REPLICATE_API_BASE_URL: `http://127.0.0.1:${await freePort()}/v1`,
        SIMPLETUNER_PUBLIC_URL: 'https://home.example.com',
      },
    });
    expect((await server.send('POST', '/api/cloud/metrics/config/templates/full')).status).toBe(200);
    const limit = { cost_limit_enabled: true, cost_limit_amount: LIMIT_USD, cost_limit_period: 'monthly' };
    // A hundred thousand dollars an hour: even a run of milliseconds costs something.
    const answer = await server.send('PUT', '/api/cloud/providers/process', { cost_per_hour: 100_000, ...limit });
    expect(answer.status, await answer.text()).toBe(200);
    before = await now();
  });
  afterAll(() => server.dispose());

  it('jobs, their cost and their time, by a job that completes and one that fails', async () => {
    expect(before.value('simpletuner_jobs_total')).toBe(0);
    await submit('process');
    await until((page) => expect(page.value(ENDED)).toBe(1));
    await submit('process', 3);
    await until((page) => expect(page.value('simpletuner_jobs_by_status{status="failed"}')).toBe(1));
    const page = await now();
    expect(page.value('simpletuner_jobs_total')).toBe(2);
    expect(page.value('simpletuner_jobs_active')).toBe(0);
    const { jobs } = await server.json<{ jobs: { cost_usd: number; duration_seconds: number }[] }>('/api/cloud/jobs');
    const cost = jobs.reduce((sum, job) => sum + job.cost_usd, 0);
    expect(cost).toBeGreaterThan(0);
    expect(page.value('simpletuner_cost_usd_total')).toBeCloseTo(cost, 5);
    expect(page.value('simpletuner_job_duration_seconds_avg')).toBeGreaterThan(0);
    expect(page.value('simpletuner_cost_limit_percent_used{provider="process"}')).toBeCloseTo(
      (cost / LIMIT_USD) * 100,
      6,
    );
  });

  it('requests, errors and latency, under the template of the route', async () => {
    await server.send('POST', '/api/cloud/jobs/submit?provider=process', { surprise: 1 });
    const page = await now();
    expect(page.value(`simpletuner_http_requests_total{endpoint="${SUBMIT}"}`)).toBe(3);
    expect(page.value(`simpletuner_http_errors_total{endpoint_status="${SUBMIT}_422"}`)).toBe(1);
    expect(page.value(`simpletuner_http_request_latency_ms_avg{endpoint="${SUBMIT}"}`)).toBeGreaterThan(0);
  });

  it('violations, by an answer of 429 over HTTP', async () => {
    const ask = () =>
      server.get('/api/auth/register', { method: 'POST', headers: { 'X-Forwarded-For': '203.0.113.77' } });
    let refused = 0;
    for (let request = 0; request < 5; request += 1) refused += Number((await ask()).status === 429);
    expect(refused).toBeGreaterThan(0);
    const page = await now();
    expect(page.value('simpletuner_rate_limit_violations_total')).toBe(refused);
    expect(page.value('simpletuner_rate_limit_tracked_clients')).toBeGreaterThan(
      before.value('simpletuner_rate_limit_tracked_clients'),
    );
  });

  it('audit rows', async () => {
    const { total: rows } = await server.json<{ total: number }>('/api/audit?limit=1');
    const page = await now();
    expect(page.value('simpletuner_audit_log_entries_total')).toBeGreaterThan(
      before.value('simpletuner_audit_log_entries_total'),
    );
    expect(page.value('simpletuner_audit_log_entries_total')).toBeGreaterThanOrEqual(rows);
    expect(page.value('simpletuner_audit_log_entries_24h')).toBe(page.value('simpletuner_audit_log_entries_total'));
  });

  it('the breaker, by a provider that nobody reaches', async () => {
    const breaker = (family: string): string => `simpletuner_circuit_breaker_${family}{provider="replicate"}`;
    expect(before.value(breaker('state'))).toBe(0);
    const failures = before.value(breaker('failures_total'));
    await submit('replicate');
    await until((page) => expect(page.value(breaker('state'))).toBe(2));
    expect((await now()).value(breaker('failures_total'))).toBeGreaterThanOrEqual(failures + 5);
    // What health tells is the same breaker, as of a moment ago.
    const statusInHealth = async (): Promise<string | undefined> => {
      const { components } = await server.json<{ components: { name: string; status: string }[] }>('/api/cloud/health');
      return components.find(({ name }) => name === 'circuit_breaker_replicate')?.status;
    };
    await vi.waitFor(async () => expect(await statusInHealth()).not.toBe('healthy'), {
      timeout: 20_000,
      interval: 200,
    });
  });

  it('uptime, and the time in which the database answers', async () => {
    const page = await now();
    expect(page.value('simpletuner_uptime_seconds')).toBeGreaterThan(before.value('simpletuner_uptime_seconds'));
    expect(page.value('simpletuner_health_database_latency_ms')).toBeGreaterThanOrEqual(0);
  });

  it('and stand at nothing where nothing can happen: no approvals, no credit that a provider tells', async () => {
    const page = await now();
    expect(page.value('simpletuner_approval_requests_pending')).toBe(0);
    expect(page.value('simpletuner_approval_requests_by_status{status="approved"}')).toBe(0);
    expect(page.text).toMatch(/^# TYPE simpletuner_credit_balance_usd gauge\n(?!simpletuner_credit)/m);
  });
});
