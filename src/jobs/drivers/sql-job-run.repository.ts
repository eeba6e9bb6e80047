import { Injectable } from '@nestjs/common';
import { In, IsNull, LessThanOrEqual, Not, type EntityManager } from 'typeorm';
import { Database } from '../../database/index.js';
import { JobRunRepository, type Claim, type ClaimWish } from '../job-run.repository.js';
import { JobEntity } from '../job.entity.js';
import { JobRunEntity } from '../job-run.entity.js';
import { activeStatuses } from '../job-states.js';
import { LeaseEntity } from '../lease.entity.js';

@Injectable()
export class SqlJobRunRepository extends JobRunRepository {
  constructor(private readonly database: Database) {
    super();
  }

  override async add(jobId: string, provider: string, submission: string | null, dueMs: number | null): Promise<void> {
    await this.database.run((manager) =>
      manager.insert(JobRunEntity, {
        jobId,
        provider,
        submission: submission ?? '',
        dispatchDueMs: dueMs,
        claimedBy: null,
        dispatchAttempts: 0,
        settleDueMs: null,
        awaitsWebhook: false,
      }),
    );
  }

  override async submission(jobId: string): Promise<string | undefined> {
    const submission = (await this.find(jobId))?.submission;
    return submission === '' ? undefined : submission;
  }

  override async remove(jobId: string): Promise<void> {
    await this.database.run((manager) => manager.delete(JobRunEntity, { jobId }));
  }

  override async providersDue(nowMs: number): Promise<string[]> {
    const rows = await this.database.run((manager) =>
      manager
        .createQueryBuilder(JobRunEntity, 'run')
        .select('run.provider', 'provider')
        .distinct()
        .where('run.dispatchDueMs <= :nowMs', { nowMs })
        .getRawMany<{ provider: string }>(),
    );
    return rows.map(({ provider }) => provider);
  }

  override claim({ provider, holder, nowMs, untilMs, concurrencyLimit }: ClaimWish): Promise<Claim | undefined> {
    return this.database.transaction(async (manager) => {
      // Claimers take turns on this row: two of them that count at once would both find the last free place.
      await manager.update(LeaseEntity, { name: 'dispatch' }, { holder, untilMs: nowMs });
      const run = await manager.findOne(JobRunEntity, {
        where: { provider, dispatchDueMs: LessThanOrEqual(nowMs) },
        order: { jobId: 'ASC' },
      });
      if (!run) return undefined;
      if (concurrencyLimit !== undefined && (await busy(manager, provider, run.jobId)) >= concurrencyLimit)
        return undefined;
      const attempt = run.dispatchAttempts + 1;
      await manager.update(
        JobRunEntity,
        { jobId: run.jobId },
        { claimedBy: holder, dispatchDueMs: untilMs, dispatchAttempts: attempt },
      );
      return { jobId: run.jobId, provider, attempt };
    });
  }

  override async renew(jobId: string, holder: string, untilMs: number): Promise<void> {
    await this.database.run((manager) =>
      manager.update(JobRunEntity, { jobId, claimedBy: holder }, { dispatchDueMs: untilMs }),
    );
  }

  override async postpone(jobId: string, holder: string, dueMs: number): Promise<void> {
    await this.database.run((manager) =>
      manager.update(JobRunEntity, { jobId, claimedBy: holder }, { dispatchDueMs: dueMs, claimedBy: null }),
    );
  }

  override async takeOver(nowMs: number): Promise<void> {
    await this.database.transaction(async (manager) => {
      const claimed = { claimedBy: Not(IsNull()) };
      await manager.update(JobRunEntity, claimed, { dispatchDueMs: nowMs, claimedBy: null });
      await manager.update(LeaseEntity, { name: 'reconcile' }, { untilMs: 0 });
    });
  }

  override async finishDispatch(jobId: string): Promise<void> {
    await this.database.run((manager) =>
      manager.update(JobRunEntity, { jobId }, { dispatchDueMs: null, claimedBy: null }),
    );
  }

  override async waiting(limit: number): Promise<Map<string, number>> {
    const runs = await this.database.run((manager) =>
      manager.find(JobRunEntity, {
        select: { jobId: true, provider: true },
        where: { dispatchDueMs: Not(IsNull()) },
        order: { jobId: 'ASC' },
        take: limit,
      }),
    );
    const places = new Map<string, number>();
    return new Map(
      runs.map(({ jobId, provider }) => {
        const place = (places.get(provider) ?? 0) + 1;
        places.set(provider, place);
        return [jobId, place];
      }),
    );
  }

  override async place(jobId: string): Promise<number | undefined> {
    const run = await this.find(jobId);
    if (!run || run.dispatchDueMs === null) return undefined;
    const { provider } = run;
    return this.database.run((manager) =>
      manager.countBy(JobRunEntity, { provider, dispatchDueMs: Not(IsNull()), jobId: LessThanOrEqual(jobId) }),
    );
  }

  override async wasClaimed(jobId: string): Promise<boolean> {
    return ((await this.find(jobId))?.dispatchAttempts ?? 0) > 0;
  }

  override async awaitWebhook(jobId: string): Promise<void> {
    await this.database.run((manager) => manager.update(JobRunEntity, { jobId }, { awaitsWebhook: true }));
  }

  override async awaitsWebhook(jobId: string): Promise<boolean> {
    return (await this.find(jobId))?.awaitsWebhook ?? false;
  }

  override async settleAt(jobId: string, dueMs: number | null): Promise<void> {
    await this.database.run((manager) => manager.update(JobRunEntity, { jobId }, { settleDueMs: dueMs }));
  }

  override async settlementsDue(provider: string, nowMs: number, limit: number): Promise<string[]> {
    const runs = await this.database.run((manager) =>
      manager.find(JobRunEntity, {
        select: { jobId: true },
        where: { provider, settleDueMs: LessThanOrEqual(nowMs) },
        order: { settleDueMs: 'ASC' },
        take: limit,
      }),
    );
    return runs.map(({ jobId }) => jobId);
  }

  override async isSettling(jobId: string): Promise<boolean> {
    // A snapshot that an earlier read of the same transaction took may be older than the caller's lock on the job.
    const isLocked = this.database.dialect.skipLocked && this.database.isInTransaction;
    const lock = isLocked ? ({ lock: { mode: 'pessimistic_write' } } as const) : {};
    const run = await this.database.run((manager) => manager.findOne(JobRunEntity, { where: { jobId }, ...lock }));
    return (run?.settleDueMs ?? null) !== null;
  }

  override async holdLease(name: 'reconcile', holder: string, nowMs: number, untilMs: number): Promise<boolean> {
    const result = await this.database.run((manager) =>
      manager.update(
        LeaseEntity,
        [
          { name, holder },
          { name, untilMs: LessThanOrEqual(nowMs) },
        ],
        { holder, untilMs },
      ),
    );
    return (result.affected ?? 0) > 0;
  }

  override async releaseLease(name: 'reconcile', holder: string): Promise<void> {
    await this.database.run((manager) => manager.update(LeaseEntity, { name, holder }, { untilMs: 0 }));
  }

  private find(jobId: string): Promise<JobRunEntity | null> {
    return this.database.run((manager) => manager.findOneBy(JobRunEntity, { jobId }));
  }
}

/** Other jobs that have, or may have, a place at the provider, those ended here but not yet there among them. */
async function busy(manager: EntityManager, provider: string, exceptJobId: string): Promise<number> {
  const settling = await manager.countBy(JobRunEntity, {
    provider,
    settleDueMs: Not(IsNull()),
    jobId: Not(exceptJobId),
  });
  const active = await manager
    .createQueryBuilder(JobEntity, 'job')
    .innerJoin(JobRunEntity, 'run', 'run.jobId = job.jobId')
    .where({ provider, status: In([...activeStatuses]), jobId: Not(exceptJobId) })
    .andWhere('(run.dispatchDueMs IS NULL OR run.dispatchAttempts > 0)')
    .getCount();
  return settling + active;
}
