import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServerProcess } from '../support/server.js';

const TOKEN = 'a token for scrapers, 32 characters';
const REMOTE = { 'X-Forwarded-For': '203.0.113.9' };
const PATH = '/api/cloud/metrics/prometheus';

/** All that the guide lists, by category. */
const familiesOfTheGuide = [
  ...['uptime_seconds', 'health_database_latency_ms'],
  ...['jobs_total', 'jobs_by_status', 'jobs_active', 'cost_usd_total', 'job_duration_seconds_avg'],
  ...['http_requests_total', 'http_errors_total', 'http_request_latency_ms_avg'],
  ...['rate_limit_violations_total', 'rate_limit_tracked_clients'],
  ...['approval_requests_pending', 'approval_requests_by_status'],
  ...['audit_log_entries_total', 'audit_log_entries_24h'],
  ...['circuit_breaker_state', 'circuit_breaker_failures_total'],
  ...['cost_limit_percent_used', 'credit_balance_usd'],
];
const twins = [
  ...['http_request_duration_seconds', 'build_info', 'webhook_deliveries_total', 'webhook_inbox_age_seconds'],
  ...['webhooks_lost_total', 'storage_bytes', 'audit_chain_ok', 'state_backend_up'],
  ...['secrets_refresh_last_success_timestamp_seconds', 'reconciler_last_success_timestamp_seconds'],
];

interface Config {
  prometheus_enabled: boolean;
  prometheus_categories: string[];
}
interface Preview {
  content: string;
  metric_count: number;
  series_count: number;
  bytes: number;
  categories_used: string[];
}

describe('the metrics', () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await ServerProcess.start({
      env: {
        SIMPLETUNER_METRICS_TOKEN: TOKEN.replaceAll(' ', '-'),
        SIMPLETUNER_METRICS_ALLOWED_IPS: '198.51.100.0/24',
      },
    });
  });
  afterAll(() => server.dispose());

  const scrape = async (headers: Record<string, string> = {}): Promise<string> =>
    (await server.get(PATH, { headers })).text();
  const configure = (body: object): Promise<Response> => server.send('PUT', '/api/cloud/metrics/config', body);
  /** The value of a series, labels as they are printed. */
  const value = (page: string, series: string): number =>
    Number(
      page
        .split('\n')
        .find((line) => line.startsWith(`${series} `))
        ?.slice(series.length + 1) ?? NaN,
    );

  it('are off by default, and say so in one comment with status 200', async () => {
    const answer = await server.get(PATH);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await answer.text()).toMatch(/^# [^\n]+\n$/);
    expect(await server.json('/api/cloud/metrics/config')).toMatchObject({
      prometheus_enabled: false,
      prometheus_categories: ['jobs', 'http'],
      updated_at: null,
    });
  });

  it('can be previewed while they are off, by GET and POST, under both forms of the address', async () => {
    for (const path of ['/api/cloud/metrics/config/preview', '/api/cloud/metrics/preview']) {
      for (const method of ['GET', 'POST']) {
        const answer = await server.send(method, `${path}?categories=jobs&categories=health`);
        expect(answer.status).toBe(200);
        const preview = (await answer.json()) as Preview;
        expect(preview.categories_used).toEqual(['jobs', 'health']);
        expect(preview.bytes).toBe(Buffer.byteLength(preview.content));
        expect(preview.metric_count).toBe(preview.content.match(/^# TYPE /gm)?.length);
        expect(preview.series_count).toBe(preview.content.match(/^[a-z]/gm)?.length);
        expect(preview.content).toMatch(/^simpletuner_uptime_seconds [\d.]+$/m);
        expect(preview.content).not.toContain('simpletuner_http_requests_total');
      }
    }
    const answer = await server.send('GET', '/api/cloud/metrics/preview?categories=jobs,nothing');
    expect(answer.status).toBe(422);
    expect((await server.json<Config>('/api/cloud/metrics/config')).prometheus_enabled).toBe(false);
  });

  it('are switched on by category; an unknown category changes nothing', async () => {
    expect((await configure({ prometheus_enabled: true, prometheus_categories: ['jobs', 'nothing'] })).status).toBe(
      422,
    );
    expect((await configure({ prometheus_enabled: true, surprise: 1 })).status).toBe(422);
    expect((await server.json<Config>('/api/cloud/metrics/config')).prometheus_enabled).toBe(false);
    const answer = await configure({ prometheus_enabled: true, prometheus_categories: ['jobs', 'http', 'health'] });
    expect(answer.status).toBe(200);
    const page = await scrape();
    for (const name of ['jobs_total', 'jobs_by_status', 'uptime_seconds', 'health_database_latency_ms'])
      expect(page).toContain(`# TYPE simpletuner_${name} `);
    expect(page).not.toContain('simpletuner_audit_log_entries_total');
    const audit = await server.json<{ entries: { details: unknown; actor_id: string }[] }>(
      '/api/audit?event_type=config.changed',
    );
    expect(audit.entries).toHaveLength(1);
    expect(audit.entries[0]).toMatchObject({
      actor_id: 'local',
      details: { prometheus_enabled: true, prometheus_categories: ['jobs', 'http', 'health'] },
    });
  });

  it('follow a template, under both forms of the address', async () => {
    const { templates } = await server.json<{ templates: { id: string; categories: string[] }[] }>(
      '/api/cloud/metrics/templates',
    );
    expect(templates).toEqual(
      (await server.json<{ templates: unknown }>('/api/cloud/metrics/config/templates')).templates,
    );
    expect(templates.map(({ id }) => id)).toEqual(['minimal', 'standard', 'security', 'full']);
    for (const { id, categories } of templates) {
      const answer = await server.send('POST', `/api/cloud/metrics/config/templates/${id}`);
      expect([answer.status, await answer.json()]).toEqual([
        200,
        expect.objectContaining({ prometheus_enabled: true, prometheus_categories: categories }),
      ]);
    }
    expect((await server.send('POST', '/api/cloud/metrics/templates/none')).status).toBe(404);
    const { categories } = await server.json<{ categories: { id: string; metrics: { name: string }[] }[] }>(
      '/api/cloud/metrics/config/categories',
    );
    expect(categories.map(({ id }) => id)).toEqual([
      'jobs', 'http', 'rate_limits', 'approvals', 'audit', 'health', 'circuit_breakers', 'provider',
    ]); // prettier-ignore
    expect((await server.send('POST', '/api/cloud/metrics/templates/full')).status).toBe(200);
  });

  it('count requests and errors under the template of the route, whatever the path was', async () => {
    const before = await scrape();
    for (const id of ['one', 'two"\\', 'three%0a']) await server.get(`/api/cloud/jobs/${id}`);
    await server.send('POST', '/api/cloud/jobs/submit', { config: 7 });
    await server.get('/nowhere/to/be/found');
    await server.get(`/api/webhooks/nobody`, { method: 'POST' });
    const page = await scrape();
    const grown = (series: string): number => value(page, series) - (value(before, series) || 0);
    expect(grown('simpletuner_http_requests_total{endpoint="GET_/api/cloud/jobs/{id}"}')).toBe(3);
    expect(grown('simpletuner_http_errors_total{endpoint_status="GET_/api/cloud/jobs/{id}_404"}')).toBe(3);
    expect(grown('simpletuner_http_requests_total{endpoint="POST_/api/cloud/jobs/submit"}')).toBe(1);
    expect(grown('simpletuner_http_errors_total{endpoint_status="POST_/api/cloud/jobs/submit_422"}')).toBe(1);
    expect(grown('simpletuner_http_errors_total{endpoint_status="GET_unmatched_404"}')).toBe(1);
    expect(grown('simpletuner_http_requests_total{endpoint="POST_/api/webhooks/{provider}"}')).toBe(1);
    expect(
      value(page, 'simpletuner_http_request_latency_ms_avg{endpoint="POST_/api/cloud/jobs/submit"}'),
    ).toBeGreaterThan(0);
    expect(page).not.toContain('nowhere');
    const histogram =
      'simpletuner_http_request_duration_seconds_count{method="POST",route="/api/cloud/jobs/submit",status="422"}';
    expect(value(page, histogram)).toBe(1);
  });

  it('move with jobs, and their counters stay when a job is deleted and when the server is killed', async () => {
    await server.send('PUT', '/api/cloud/providers/process', { command: [process.execPath, '-e', ''] });
    const answer = await server.send('POST', '/api/cloud/jobs/submit?provider=process', { config: {} });
    const { job_id: jobId } = (await answer.json()) as { job_id: string };
    expect(value(await scrape(), 'simpletuner_jobs_total')).toBe(1);
    await expect
      .poll(async () => value(await scrape(), 'simpletuner_jobs_by_status{status="completed"}'), { timeout: 20_000 })
      .toBe(1);
    expect(value(await scrape(), 'simpletuner_jobs_active')).toBe(0);
    expect(value(await scrape(), 'simpletuner_job_duration_seconds_avg')).toBeGreaterThanOrEqual(0);
    await server.send('DELETE', `/api/cloud/jobs/${jobId}`);
    await server.kill();
    await server.restart();
    const page = await scrape();
    expect(value(page, 'simpletuner_jobs_by_status{status="completed"}')).toBe(0);
    expect(value(page, 'simpletuner_jobs_total')).toBe(1);
    expect(value(page, 'simpletuner_jobs_ended_total{provider="process",status="completed"}')).toBe(1);
    expect(value(page, 'simpletuner_http_requests_total{endpoint="POST_/api/cloud/jobs/submit"}')).toBe(2);
  });

  it('are of every family that the guide lists, each under its own name, with the twins beside them', async () => {
    const page = await scrape();
    for (const name of [...familiesOfTheGuide, ...twins]) expect(page).toContain(`# TYPE simpletuner_${name} `);
    expect(page).toMatch(/^# HELP simpletuner_jobs_total .* Scope: fleet\.$/m);
    expect(page).toMatch(/^# HELP simpletuner_uptime_seconds .* Scope: process\.$/m);
    expect(value(page, 'simpletuner_circuit_breaker_state{provider="replicate"}')).toBe(0);
    expect(value(page, 'simpletuner_provider_tls_verification_disabled{provider="replicate"}')).toBe(0);
    expect(value(page, 'simpletuner_audit_chain_ok')).toBe(1);
    expect(value(page, 'simpletuner_scrape_families_missing')).toBe(0);
  });

  it('move with a webhook that is refused and with a request over its limit', async () => {
    const before = value(await scrape(), 'simpletuner_rate_limit_violations_total');
    await server.get('/api/webhooks/replicate', { method: 'POST', body: '{}' });
    for (let request = 0; request < 4; request += 1)
      await server.get('/api/auth/register', { method: 'POST', headers: { 'X-Forwarded-For': '203.0.113.77' } });
    const page = await scrape();
    expect(value(page, 'simpletuner_rate_limit_violations_total') - before).toBe(1);
    expect(value(page, 'simpletuner_rate_limit_tracked_clients')).toBeGreaterThan(0);
    expect(value(page, 'simpletuner_webhook_deliveries_total{provider="replicate",result="rejected"}')).toBe(1);
  });

  it('are OpenMetrics with exemplars where the scraper prefers it', async () => {
    await server.get('/api/cloud/whoami/address', { headers: { 'X-Correlation-ID': 'trace-4711' } });
    const accept = 'application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5';
    const answer = await server.get(PATH, { headers: { Accept: accept } });
    expect(answer.headers.get('content-type')).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    const page = await answer.text();
    expect(page.endsWith('# EOF\n')).toBe(true);
    expect(page).toContain('# TYPE simpletuner_jobs counter');
    expect(page).toMatch(
      /duration_seconds_bucket\{[^}]*route="\/api\/cloud\/whoami\/address"[^\n]*# \{correlation_id="trace-4711"\}/,
    );
    const text = await scrape({ Accept: 'text/plain;q=0.9, application/openmetrics-text;q=0.1' });
    expect(text).toContain('# TYPE simpletuner_jobs_total counter');
    expect(text).not.toContain('correlation_id');
  });

  it('are read from elsewhere with the token, from an allowed address, or with admin.metrics, and by nobody else', async () => {
    const status = async (headers: Record<string, string>): Promise<number> =>
      (await server.get(PATH, { headers })).status;
    const keyOf = async (scope: string): Promise<string> => {
      const answer = await server.send('POST', '/api/auth/api-keys', { name: scope, scopes: [scope] });
      return ((await answer.json()) as { key: string }).key;
    };
    expect(await status(REMOTE)).toBe(401);
    expect(await status({ ...REMOTE, Authorization: 'Bearer wrong' })).toBe(401);
    expect(await status({ ...REMOTE, Authorization: `Bearer ${TOKEN.replaceAll(' ', '-')}` })).toBe(200);
    expect(await status({ 'X-Forwarded-For': '198.51.100.77' })).toBe(200);
    expect(await status({ ...REMOTE, 'X-API-Key': await keyOf('admin.metrics') })).toBe(200);
    expect(await status({ 'X-API-Key': await keyOf('job.view.own') })).toBe(403);
    expect((await server.get('/api/cloud/metrics/config', { headers: REMOTE })).status).toBe(401);
  });

  it('pass promtool, apart from names that the guide has fixed', async () => {
    const page = await scrape();
    let complaints = '';
    try {
      execFileSync('promtool', ['check', 'metrics'], {
        input: page,
        encoding: 'utf8',
        stdio: ['pipe', 'pipe', 'pipe'],
      });
    } catch (error) {
      complaints = (error as { stderr: string }).stderr;
    }
    const named = complaints.split('\n').filter((line) => line !== '');
    expect(
      named.filter((line) => !/^simpletuner_(http_request_latency_ms_avg|health_\w+_latency_ms) /.test(line)),
    ).toEqual([]);
  });
});
