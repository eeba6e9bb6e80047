import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { newId } from '#libs/ids';
import { Database, insertRows, replaceParts } from '../../database/index.js';
import { changeOfSums, DAY_MS, JOB_USD_MAX, NANOUSD_PER_USD, usdOf, type CostChange } from '../cost-sums.js';
import { JobCostEntity, JobCostSumEntity, JobCostTurnEntity } from '../job-cost.entity.js';
import { JobCostRepository, type CostEntry, type CostSums } from '../job-cost.repository.js';

/** Joining is worth its writes when a sum has this many parts. */
const FOLD_PARTS_MIN = 50;
/** Parts that one round joins. */
const FOLD_PARTS_MAX = 2_000;
/** What entries say beyond the sums. One statement, and so of one moment: an entry and its part of a sum change together. */
const DIFFERENCES = `
  SELECT provider, is_open, day_ms, SUM(nanousd) AS nanousd FROM (
    SELECT provider, is_open, CASE WHEN is_open = 1 THEN 0 ELSE at_ms - at_ms % ${DAY_MS} END AS day_ms,
      FLOOR(CASE WHEN usd > ${JOB_USD_MAX} THEN ${JOB_USD_MAX} ELSE usd END * ${NANOUSD_PER_USD} + 0.5) AS nanousd
    FROM job_costs
    UNION ALL SELECT provider, is_open, day_ms, -nanousd AS nanousd FROM job_cost_sums
  ) AS parts GROUP BY provider, is_open, day_ms HAVING SUM(nanousd) <> 0`;

@Injectable()
export class SqlJobCostRepository extends JobCostRepository {
  constructor(private readonly database: Database) {
    super();
  }

  override async add(entry: CostEntry): Promise<void> {
    await this.database.transaction(async (manager) => {
      await insertRows(manager, JobCostEntity, [entry]);
      await addParts(manager, changeOfSums(undefined, entry));
    });
  }

  override async put(entry: CostEntry): Promise<void> {
    // A snapshot that an earlier read of the same transaction took may be older than the caller's lock on the job.
    const lock = this.database.dialect.skipLocked ? ({ lock: { mode: 'pessimistic_write' } } as const) : {};
    await this.database.transaction(async (manager) => {
      const before = await manager.findOne(JobCostEntity, { where: { jobId: entry.jobId }, ...lock });
      await manager.upsert(JobCostEntity, { ...entry }, ['jobId']);
      await addParts(manager, changeOfSums(before ?? undefined, entry));
    });
  }

  override async takeTurn(provider: string): Promise<void> {
    await this.database.run(async (manager) => {
      const take = () => manager.increment(JobCostTurnEntity, { provider }, 'turn', 1);
      if ((await take()).affected) return;
      // Of two that insert the row at the same moment neither may fail; then they take turns on it.
      await manager
        .createQueryBuilder()
        .insert()
        .into(JobCostTurnEntity)
        .values({ provider, turn: 0 })
        .orIgnore()
        .execute();
      await take();
    });
  }

  override async sums(provider: string, sinceMs: number): Promise<CostSums> {
    // One statement, so that what is being joined meanwhile is seen either before or after.
    const rows = await this.database.run((manager) =>
      manager
        .createQueryBuilder(JobCostSumEntity, 'part')
        .select('part.isOpen', 'open')
        .addSelect('SUM(part.nanousd)', 'nanousd')
        .where('part.provider = :provider', { provider })
        .andWhere('(part.isOpen = 1 OR (part.isOpen = 0 AND part.dayMs >= :sinceMs))', { sinceMs })
        .groupBy('part.isOpen')
        .getRawMany<{ open: number | string; nanousd: number | string }>(),
    );
    const usd = (isOpen: boolean): number =>
      usdOf(Number(rows.find(({ open }) => Number(open) === Number(isOpen))?.nanousd ?? 0));
    return { spentUsd: usd(false), reservedUsd: usd(true) };
  }

  override async meanUsd(provider: string, hardware: string, count: number): Promise<number | undefined> {
    const newest = await this.database.run((manager) =>
      manager.find(JobCostEntity, {
        select: { jobId: true, usd: true },
        where: { provider, hardware, isPrecedent: true },
        order: { atMs: 'DESC' },
        take: count,
      }),
    );
    return newest.length === 0 ? undefined : newest.reduce((sum, { usd }) => sum + usd, 0) / newest.length;
  }

  override async fold(): Promise<boolean> {
    const [crowded] = await this.database.run((manager) =>
      manager
        .createQueryBuilder(JobCostSumEntity, 'part')
        .select('part.provider', 'provider')
        .addSelect('part.isOpen', 'open')
        .addSelect('part.dayMs', 'day')
        .groupBy('part.provider')
        .addGroupBy('part.isOpen')
        .addGroupBy('part.dayMs')
        .having(`COUNT(*) >= ${FOLD_PARTS_MIN}`)
        .limit(1)
        .getRawMany<{ provider: string; open: number | string; day: number | string }>(),
    );
    if (!crowded) return false;
    const sum = { provider: crowded.provider, isOpen: Number(crowded.open) === 1, dayMs: Number(crowded.day) };
    const parts = await this.database.run((manager) =>
      manager.find(JobCostSumEntity, { where: sum, take: FOLD_PARTS_MAX }),
    );
    const nanousd = parts.reduce((total, part) => total + part.nanousd, 0);
    const ids = parts.map(({ id }) => id);
    await replaceParts(this.database, JobCostSumEntity, ids, (manager) => addParts(manager, [{ ...sum, nanousd }]));
    return true;
  }

  override async recount(): Promise<boolean> {
    const wrong = new Set((await this.differences()).map(({ provider }) => provider));
    for (const provider of wrong)
      await this.database.transaction(async (manager) => {
        // Two that add the same difference would add it twice.
        await this.takeTurn(provider);
        await addParts(
          manager,
          (await this.differences()).filter((change) => change.provider === provider),
        );
      });
    return wrong.size > 0;
  }

  private async differences(): Promise<CostChange[]> {
    const rows = await this.database.run((manager) =>
      manager.query<
        { provider: string; is_open: number | string; day_ms: number | string; nanousd: number | string }[]
      >(DIFFERENCES),
    );
    return rows.map(({ provider, is_open: open, day_ms: day, nanousd }) => ({
      provider,
      isOpen: Number(open) === 1,
      dayMs: Number(day),
      nanousd: Number(nanousd),
    }));
  }
}

async function addParts(manager: EntityManager, changes: readonly CostChange[]): Promise<void> {
  await insertRows(
    manager,
    JobCostSumEntity,
    changes.map((change) => ({ id: newId(), ...change })),
  );
}
