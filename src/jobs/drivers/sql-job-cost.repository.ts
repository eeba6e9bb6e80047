import { Injectable } from '@nestjs/common';
import { MoreThan } from 'typeorm';
import { Database } from '../../database/index.js';
import { JobCostEntity, JobCostTurnEntity } from '../job-cost.entity.js';
import { JobCostRepository, type CostEntry, type CostSums } from '../job-cost.repository.js';

@Injectable()
export class SqlJobCostRepository extends JobCostRepository {
  constructor(private readonly database: Database) {
    super();
  }

  override async put(entry: CostEntry): Promise<void> {
    await this.database.run((manager) => manager.upsert(JobCostEntity, { ...entry }, ['jobId']));
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
    const [spentUsd, reservedUsd] = [await this.sum(provider, false, sinceMs), await this.sum(provider, true)];
    return { spentUsd, reservedUsd };
  }

  override async meanUsd(provider: string, hardware: string, count: number): Promise<number | undefined> {
    const newest = await this.database.run((manager) =>
      manager.find(JobCostEntity, {
        select: { jobId: true, usd: true },
        where: { provider, hardware, isCompleted: true, usd: MoreThan(0) },
        order: { atMs: 'DESC' },
        take: count,
      }),
    );
    return newest.length === 0 ? undefined : newest.reduce((sum, { usd }) => sum + usd, 0) / newest.length;
  }

  private async sum(provider: string, isOpen: boolean, sinceMs?: number): Promise<number> {
    const row = await this.database.run((manager) => {
      const query = manager
        .createQueryBuilder(JobCostEntity, 'cost')
        .select('COALESCE(SUM(cost.usd), 0)', 'usd')
        .where('cost.provider = :provider AND cost.isOpen = :isOpen', { provider, isOpen: Number(isOpen) });
      if (sinceMs !== undefined) query.andWhere('cost.atMs >= :sinceMs', { sinceMs });
      return query.getRawOne<{ usd: number | string }>();
    });
    return Number(row?.usd ?? 0);
  }
}
