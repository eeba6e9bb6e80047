import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { ServerProcess } from '../../test/support/server.js';

const YEAR_MS = 365 * 86_400_000;

/** Ended jobs of the last year, their costs, and what the totals became meanwhile; an hour each, at ten dollars. */
const fill = [
  `INSERT INTO jobs (job_id, job_type, provider, provider_job_id, status, user_id, metadata, created_at_ms, started_at_ms, is_start_told,
     completed_at_ms, is_completion_told, cost_usd, hardware_profile, correlation_id)
   WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count)
   SELECT printf('%08x-0000-7000-8000-000000000000', n), 'cloud', CASE n % 4 WHEN 0 THEN 'process' ELSE 'replicate' END, 'run-' || n,
     CASE WHEN n % 10 < 8 THEN 'completed' WHEN n % 10 = 8 THEN 'failed' ELSE 'cancelled' END, 'local', '{}',
     :fromMs + n * :stepMs, :fromMs + n * :stepMs, 1, :fromMs + n * :stepMs + 3600000, 1, 10, 'h100', 'bench' FROM numbers`,
  `INSERT INTO job_costs (job_id, provider, user_id, hardware, at_ms, usd, is_open, is_completed)
   SELECT job_id, provider, user_id, hardware_profile, completed_at_ms, cost_usd, 0, status = 'completed' FROM jobs`,
  `INSERT INTO job_cost_sums (id, provider, is_open, day_ms, nanousd)
   SELECT provider || (at_ms / 86400000), provider, 0, at_ms - at_ms % 86400000, CAST(SUM(usd) * 1000000000 AS INTEGER)
   FROM job_costs GROUP BY provider, at_ms / 86400000`,
  `INSERT INTO metric_totals (id, name, labels, amount)
   SELECT 'a' || provider || status, 'jobs', json_array(provider, status), COUNT(*) FROM jobs GROUP BY provider, status`,
  `INSERT INTO metric_totals (id, name, labels, amount)
   SELECT 'b' || provider || status, 'jobs_ended', json_array(provider, status), COUNT(*) FROM jobs GROUP BY provider, status`,
  `INSERT INTO metric_totals (id, name, labels, amount)
   SELECT 'c' || provider, 'jobs_submitted', json_array(provider), COUNT(*) FROM jobs GROUP BY provider`,
  `INSERT INTO metric_totals (id, name, labels, amount)
   SELECT 'd' || provider, 'jobs_cost_microusd', json_array(provider), CAST(SUM(cost_usd) * 1000000 AS INTEGER) FROM jobs GROUP BY provider`,
];

/** A server on SQLite with so many jobs, every family on, and cost limits that are watched. */
export async function startFilledServer(jobs: number): Promise<ServerProcess> {
  const server = await ServerProcess.start();
  await accepted(server.send('POST', '/api/cloud/metrics/config/templates/full'));
  const limit = { cost_limit_enabled: true, cost_limit_amount: 1e9, cost_limit_period: 'monthly' };
  for (const provider of ['process', 'replicate'])
    await accepted(server.send('PUT', `/api/cloud/providers/${provider}`, limit));
  await server.terminate();
  const database = new Sqlite(join(server.home, 'config/cloud/jobs.db'));
  try {
    // Nobody needs this file when the power fails.
    database.pragma('synchronous = OFF');
    database.pragma('cache_size = -200000');
    const stepMs = Math.floor(YEAR_MS / jobs);
    const values = { count: jobs, stepMs, fromMs: Date.now() - jobs * stepMs - 3_600_000 };
    database.transaction(() => {
      for (const sql of fill) database.prepare(sql).run(sql.includes(':count') ? values : {});
    })();
    database.pragma('optimize');
  } finally {
    database.close();
  }
  await server.restart();
  return server;
}

/** Reads a page of all families, and returns how many jobs it tells of. */
export async function scrape(server: ServerProcess): Promise<number> {
  const page = await (await server.get('/api/cloud/metrics/prometheus')).text();
  return Number(/^simpletuner_jobs_total (\d+)$/m.exec(page)?.[1]);
}

async function accepted(sent: Promise<Response>): Promise<void> {
  const answer = await sent;
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
}
