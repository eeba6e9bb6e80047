// 10,000 active jobs reconciled in one poll interval with a provider that takes its time: seconds, calls at once, memory.
import BetterSqlite from 'better-sqlite3';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '#libs/ids';
import { ServerProcess } from '../test/support/server.js';
import type { Report } from './support/report.js';
import { SlowProvider, type Round } from './support/slow-provider.js';

const jobCount = 10_000;
/** As long as a call over the Internet takes. */
const answerMs = 100;
const intervalSeconds = 30;
const roundTimeoutMs = 120_000;
const lookMs = 50;
/** The poller's own bound (src/jobs/poller.ts). */
const atOnceMax = 64;
const growthMiBMax = 100;

function databaseOf(home: string): BetterSqlite.Database {
  return new BetterSqlite(join(home, 'config/cloud/jobs.db'), { timeout: 10_000 });
}

/** Jobs as they are when their provider has taken them. */
function seed(home: string): void {
  const database = databaseOf(home);
  const insert = database.prepare(
    `INSERT INTO jobs (job_id, job_type, provider, provider_job_id, status, user_id, metadata, created_at_ms, queued_at_ms,
       is_start_told, is_completion_told, correlation_id)
     VALUES (?, 'cloud', 'replicate', ?, 'queued', 'local', '{}', ?, ?, 0, 0, 'bench')`,
  );
  database.transaction(() => {
    for (let index = 0; index < jobCount; index += 1) {
      insert.run(newId(), `p${String(index).padStart(25, '0')}`, Date.now(), Date.now());
    }
  })();
  database.close();
}

/** The newest number of the outbox: whatever is written about a job is announced there. */
function announced(home: string): number {
  const database = databaseOf(home);
  const { last } = database.prepare('SELECT COALESCE(MAX(sequence), 0) AS last FROM events').get() as { last: number };
  database.close();
  return last;
}

/** How many jobs are recorded as running, which is what the provider says of all of them. */
function running(home: string): number {
  const database = databaseOf(home);
  const { jobs } = database.prepare(`SELECT COUNT(*) AS jobs FROM jobs WHERE status = 'running'`).get() as {
    jobs: number;
  };
  database.close();
  return jobs;
}

function residentMiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;
}

interface Measured extends Round {
  readonly seconds: number;
  readonly peakMiB: number;
}

/** Waits until every job has been asked for once and what the provider said is recorded. */
async function measureRound(provider: SlowProvider, server: ServerProcess, isOver: () => boolean): Promise<Measured> {
  const deadlineMs = performance.now() + roundTimeoutMs;
  let peakMiB = 0;
  while (provider.askedNow < jobCount || !isOver()) {
    if (performance.now() > deadlineMs) throw new Error(`Only ${provider.askedNow} jobs were asked for`);
    peakMiB = Math.max(peakMiB, residentMiB(server.pid));
    await sleep(lookMs);
  }
  const overMs = performance.now();
  await sleep(answerMs * 2);
  const round = provider.round();
  return { ...round, seconds: (Math.max(overMs, round.endedMs) - round.startedMs) / 1_000, peakMiB };
}

export async function run(report: Report): Promise<void> {
  const provider = new SlowProvider(answerMs);
  const env = {
    REPLICATE_API_TOKEN: 'r8_0123456789abcdefghijklmnopqrstuvwxyzA',
    REPLICATE_API_BASE_URL: await provider.start(),
  };
  const server = await ServerProcess.start({ env });
  try {
    const atRestMiB = residentMiB(server.pid);
    await server.terminate();
    seed(server.home);
    await server.restart();
    const first = await measureRound(provider, server, () => running(server.home) >= jobCount);
    const before = announced(server.home);
    const second = await measureRound(provider, server, () => true);
    const interval = { of: 'ours', atMost: intervalSeconds } as const;
    report({ figure: `${jobCount} jobs with news`, ours: first.seconds, unit: 's', bar: interval });
    report({ figure: `${jobCount} jobs without news`, ours: second.seconds, unit: 's', bar: interval });
    const calls = Math.max(first.atOnceMax, second.atOnceMax);
    report({ figure: 'calls at once', ours: calls, unit: '', bar: { of: 'ours', atMost: atOnceMax } });
    const writes = announced(server.home) - before;
    report({ figure: 'announcements without news', ours: writes, unit: '', bar: { of: 'ours', atMost: 0 } });
    const growth = Math.max(first.peakMiB, second.peakMiB) - atRestMiB;
    report({ figure: 'memory beyond rest', ours: growth, unit: 'MiB', bar: { of: 'ours', atMost: growthMiBMax } });
  } finally {
    await server.dispose();
    provider.stop();
  }
}
