import { beforeEach, describe, expect, it } from 'vitest';
import { JOB_USD_MAX, nanousdOf } from '../../src/jobs/cost-sums.js';
import { SqlJobCostRepository } from '../../src/jobs/drivers/sql-job-cost.repository.js';
import type { CostEntry } from '../../src/jobs/job-cost.repository.js';
import { JobCostSums20261125173000 } from '../../src/schema/migrations/20261125173000-job-cost-sums.js';
import { schema } from '../../src/schema/index.js';
import { seeded } from '../support/seeded.js';
import { openDatabase, sqlKinds, type OpenedDatabase } from '../support/sql.js';

const DAY_MS = 86_400_000;
const FIRST_DAY_MS = Date.parse('2026-11-01');
const DAYS = 40;
const providers = ['process', 'replicate'];

describe.each(sqlKinds)('the sums of costs over %s', (kind) => {
  let opened: OpenedDatabase;
  let costs: SqlJobCostRepository;
  beforeEach(async () => {
    opened = await openDatabase(kind, schema);
    costs = new SqlJobCostRepository(opened.database);
  });

  const entryOf = (changes: Partial<CostEntry> = {}): CostEntry => ({
    ...{ jobId: 'job-1', provider: 'replicate', userId: 'me', hardware: 'h100', atMs: FIRST_DAY_MS },
    ...{ usd: 1, isOpen: false, isPrecedent: false },
    ...changes,
  });

  /** Since each day and a little more than a month before, of each provider, in billionths of a dollar. */
  const kept = async (): Promise<unknown> =>
    Promise.all(
      providers.flatMap((provider) =>
        Array.from({ length: DAYS + 1 }, async (_, day) => {
          const sums = await costs.sums(provider, FIRST_DAY_MS + day * DAY_MS);
          return [provider, day, Math.round(sums.spentUsd * 1e9), Math.round(sums.reservedUsd * 1e9)];
        }),
      ),
    );

  /** The same, added up from the entries themselves. */
  const counted = async (): Promise<unknown> => {
    const rows = await opened.source.query<
      { provider: string; is_open: number | string; at_ms: number | string; usd: number }[]
    >('SELECT provider, is_open, at_ms, usd FROM job_costs');
    return providers.flatMap((provider) =>
      Array.from({ length: DAYS + 1 }, (_, day) => {
        const sum = (isOpen: boolean): number =>
          rows
            .filter((row) => row.provider === provider && (Number(row.is_open) === 1) === isOpen)
            .filter((row) => isOpen || Number(row.at_ms) >= FIRST_DAY_MS + day * DAY_MS)
            .reduce((total, row) => total + nanousdOf(row.usd), 0);
        return [provider, day, sum(false), sum(true)];
      }),
    );
  };

  const partCount = async (): Promise<number> => {
    const [row] = await opened.source.query<[{ parts: number | string }]>(
      'SELECT COUNT(*) AS parts FROM job_cost_sums',
    );
    return Number(row.parts);
  };

  /** One writer's history: jobs begin, are billed once and again, end on any day, are settled later; some of it is undone. */
  const live = async (seed: number): Promise<void> => {
    const below = seeded(seed);
    const pick = <T>(choices: readonly T[]): T => choices[below(choices.length)] as T;
    const entries = new Map<string, CostEntry>();
    for (let step = 0; step < 80; step += 1) {
      const jobId = pick([`job-${seed}-${step}`, ...entries.keys()]);
      const entry = entryOf({
        ...{ jobId, provider: entries.get(jobId)?.provider ?? pick(providers), isOpen: pick([true, false]) },
        atMs: FIRST_DAY_MS + below(DAYS) * DAY_MS + pick([0, 1, DAY_MS - 1]),
        usd: pick([0, 0.1, 0.2, 1 / 3, 10 / 3, 0.001525 * 3_600, 1.23456789012, 250, JOB_USD_MAX * 10]),
      });
      const write = () => (entries.has(jobId) ? costs.put(entry) : costs.add(entry));
      if (below(8) === 0) {
        const undone = opened.database.transaction(async () => {
          await write();
          throw new Error('undone');
        });
        await expect(undone).rejects.toThrow('undone');
        continue;
      }
      await write();
      entries.set(jobId, entry);
    }
  };

  it.each([1, 2])(
    'equal a recount for every period, whatever four writers and two folders do (seed %i)',
    async (seed) => {
      const over = new AbortController();
      const folding = [costs, new SqlJobCostRepository(opened.database)].map(async (folder) => {
        while (!over.signal.aborted) {
          await folder.fold();
          await new Promise(setImmediate);
        }
      });
      await Promise.all([0, 1, 2, 3].map((writer) => live(seed * 100 + writer)));
      over.abort();
      await Promise.all(folding);
      expect(await kept()).toEqual(await counted());
    },
  );

  it('do not take more rows the more jobs there are', async () => {
    await Promise.all(
      Array.from({ length: 300 }, (_, index) =>
        costs.add(entryOf({ jobId: `job-${index}`, atMs: FIRST_DAY_MS + (index % 3) * DAY_MS })),
      ),
    );
    expect(await partCount()).toBe(300);
    while (await costs.fold()) continue;
    expect(await partCount()).toBe(3);
    expect(await costs.sums('replicate', FIRST_DAY_MS + DAY_MS)).toEqual({ spentUsd: 200, reservedUsd: 0 });
  });

  it('are exact where fractions are not: a thousand tenths of a dollar', async () => {
    await Promise.all(
      Array.from({ length: 1_000 }, (_, index) => costs.add(entryOf({ jobId: `job-${index}`, usd: 0.1 }))),
    );
    expect(await costs.sums('replicate', FIRST_DAY_MS)).toEqual({ spentUsd: 100, reservedUsd: 0 });
  });

  it('are made once from the costs that an older version has left, and forget none of its precedents', async () => {
    await live(7);
    await costs.add(entryOf({ jobId: 'job-free', usd: 0 }));
    await costs.add(entryOf({ jobId: 'job-paid', usd: 8, isPrecedent: true }));
    await opened.source.query("UPDATE job_costs SET is_completed = 1 WHERE job_id = 'job-free'");
    const migration = new JobCostSums20261125173000();
    const runner = opened.source.createQueryRunner();
    await migration.down(runner);
    await migration.up(runner);
    if (!opened.database.dialect.sharedConnection) await runner.release();
    expect(await kept()).toEqual(await counted());
    expect(await costs.meanUsd('replicate', 'h100', 20)).toBe(8);
  });

  it('are set right once, whatever servers of before them have written, and however many do it beside writers', async () => {
    await live(8);
    await opened.source.query('UPDATE job_costs SET usd = usd + 3.3, at_ms = at_ms + 86400000 WHERE is_open = 0');
    await opened.source.query("DELETE FROM job_costs WHERE is_open = 1 AND provider = 'process'");
    await opened.source.query('UPDATE job_costs SET is_open = 0 WHERE is_open = 1');
    expect(await kept()).not.toEqual(await counted());
    const others = [costs, new SqlJobCostRepository(opened.database), new SqlJobCostRepository(opened.database)];
    const [, ...outcomes] = await Promise.all([live(9), ...others.map((other) => other.recount())]);
    expect(outcomes).toContain(true);
    expect(await kept()).toEqual(await counted());
    expect(await costs.recount()).toBe(false);
  });
});
