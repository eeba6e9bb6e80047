import { beforeEach, describe, expect, it } from 'vitest';
import { SqlJobRepository } from '../../src/jobs/drivers/sql-job.repository.js';
import { decideMove } from '../../src/jobs/decide-move.js';
import type { Job } from '../../src/jobs/index.js';
import { jobTotals } from '../../src/jobs/job-totals.js';
import { isTerminal } from '../../src/jobs/job.js';
import { SqlFleetTotals } from '../../src/metrics/drivers/sql-fleet-totals.js';
import { Metrics20261125105000 } from '../../src/schema/migrations/20261125105000-metrics.js';
import { schema } from '../../src/schema/index.js';
import { CREATED_MS, jobOf } from '../support/jobs.js';
import { seeded } from '../support/seeded.js';
import { openDatabase, sqlKinds, type OpenedDatabase } from '../support/sql.js';

type Counts = Record<string, number>;

/** What the totals have to say, counted from the jobs themselves; `gone` were deleted. */
function recount(there: readonly Job[], gone: readonly Job[]): Counts {
  const counts: Counts = {};
  const add = (key: string, amount: number): void => {
    if (amount !== 0) counts[key] = (counts[key] ?? 0) + amount;
  };
  for (const job of there) add(`${jobTotals.jobs} ${job.provider} ${job.status}`, 1);
  for (const job of [...there, ...gone]) {
    add(`${jobTotals.submitted} ${job.provider}`, 1);
    if (isTerminal(job.status)) add(`${jobTotals.ended} ${job.provider} ${job.status}`, 1);
    add(`${jobTotals.costMicrousd} ${job.provider}`, Math.round((job.costUsd ?? 0) * 1_000_000));
    const { startedAtMs, completedAtMs } = job;
    if (startedAtMs === null || completedAtMs === null || completedAtMs < startedAtMs) continue;
    add(`${jobTotals.timed} `, 1);
    add(`${jobTotals.durationMs} `, completedAtMs - startedAtMs);
  }
  return counts;
}

describe.each(sqlKinds)('the totals of jobs over %s', (kind) => {
  let opened: OpenedDatabase;
  let jobs: SqlJobRepository;
  let totals: SqlFleetTotals;
  beforeEach(async () => {
    opened = await openDatabase(kind, schema);
    jobs = new SqlJobRepository(opened.database);
    totals = new SqlFleetTotals(opened.database);
  });

  const kept = async (): Promise<Counts> => {
    const read = await totals.read();
    const entries = Object.values(jobTotals).flatMap((name) =>
      read.entries(name).map(([labels, value]) => [`${name} ${labels.join(' ')}`, value] as const),
    );
    return Object.fromEntries(entries.filter(([, value]) => value !== 0));
  };

  /** One writer's history: jobs are made, moved by reports in any order, undone by failures, and deleted. */
  const live = async (seed: number): Promise<{ there: Job[]; gone: Job[] }> => {
    const below = seeded(seed);
    const pick = <T>(choices: readonly T[]): T => choices[below(choices.length)] as T;
    const there: Job[] = [];
    const gone: Job[] = [];
    for (let step = 0; step < 60; step += 1) {
      const job = there.length > 0 ? pick(there) : undefined;
      const wish = pick(['add', 'move', 'move', 'move', 'move', 'fail', 'remove']);
      if (wish === 'add' || !job) {
        const fresh = jobOf({ provider: pick(['process', 'replicate']), costUsd: pick([null, 0.1]) });
        await jobs.add(fresh);
        there.push(fresh);
      } else if (wish === 'move') {
        const moved = await opened.database.transaction(async () => {
          const report = {
            status: pick(['queued', 'running', 'completed', 'failed', 'cancelled', undefined] as const),
            startedAtMs: pick([undefined, CREATED_MS + 5_000, CREATED_MS + 90_000]),
            completedAtMs: pick([undefined, CREATED_MS + 60_000, CREATED_MS + 1]),
            costUsd: pick([undefined, 0.1 + 0.2, 1.23456789, 7]),
            logs: pick(['a', 'b']),
          };
          const before = (await jobs.findForChange(job.jobId))!;
          const given = Object.fromEntries(Object.entries(report).filter(([, value]) => value !== undefined));
          const move = decideMove({ ...before }, given, CREATED_MS + step);
          if (move.changed.length > 0) await jobs.save(move.job, move.changed, before);
          return move.job;
        });
        there[there.indexOf(job)] = moved;
      } else if (wish === 'fail') {
        const failed = opened.database.transaction(async () => {
          await jobs.save({ ...job, costUsd: 99, status: 'failed' }, ['costUsd', 'status'], job);
          await jobs.add(jobOf());
          throw new Error('undone');
        });
        await expect(failed).rejects.toThrow('undone');
      } else {
        await jobs.remove(job.jobId);
        gone.push(...there.splice(there.indexOf(job), 1));
      }
    }
    return { there, gone };
  };

  it.each([1, 2, 3])('equal a recount after any history of four writers at once (seed %i)', async (seed) => {
    const histories = await Promise.all([0, 1, 2, 3].map((writer) => live(seed * 100 + writer)));
    const folded = totals.fold();
    const there = histories.flatMap((history) => history.there);
    const gone = histories.flatMap((history) => history.gone);
    expect(gone.length).toBeGreaterThan(0);
    expect(await kept()).toEqual(recount(there, gone));
    await folded;
    expect(await kept()).toEqual(recount(there, gone));
    expect(await jobs.count({})).toBe(there.length);
  });

  it('are counted once from the jobs that an older version has left', async () => {
    const { there } = await live(7);
    const migration = new Metrics20261125105000();
    const runner = opened.source.createQueryRunner();
    await migration.down(runner);
    await migration.up(runner);
    await runner.release();
    expect(await kept()).toEqual(recount(there, []));
  });

  it('do not change with what is only progress', async () => {
    const job = jobOf({ status: 'running' });
    await jobs.add(job);
    const before = await opened.source.query<unknown[]>('SELECT id FROM metric_totals');
    await jobs.save({ ...job, lastLog: 'x', lastLogAtMs: CREATED_MS }, ['lastLog', 'lastLogAtMs'], job);
    expect(await opened.source.query<unknown[]>('SELECT id FROM metric_totals')).toHaveLength(before.length);
  });
});
