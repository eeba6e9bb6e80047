import { Injectable } from '@nestjs/common';
import {
  Brackets,
  In,
  IsNull,
  MoreThan,
  Not,
  type EntityManager,
  type FindOptionsWhere,
  type SelectQueryBuilder,
} from 'typeorm';
import { Database, insertRows, KeyedRead, updateRows } from '../../database/index.js';
import { isNamedBy, type EvidenceSource, type Job, type JobSelector } from '../job.js';
import { JobEntity } from '../job.entity.js';
import {
  JobRepository,
  type JobFilter,
  type JobPageWish,
  type JobTotals,
  type TimelineEntry,
  type ToldEntry,
} from '../job.repository.js';
import { addToTotals } from '../../metrics/index.js';
import { changeOfTotals, lossOfTotals, type CountedFacts } from '../job-totals.js';
import { activeStatuses } from '../job-states.js';
import { TimelineEntity } from '../timeline.entity.js';

/** Columns in which the text of a filter is looked for. */
const SEARCHED = ['jobId', 'providerJobId', 'configName', 'trackerRunName'] as const;

const DAY_MS = 86_400_000;

@Injectable()
export class SqlJobRepository extends JobRepository {
  private readonly byId = new KeyedRead(JobEntity, ['jobId']);

  constructor(private readonly database: Database) {
    super();
  }

  override async add(job: Job): Promise<void> {
    await this.database.transaction(async (manager) => {
      await manager.insert(JobEntity, { ...job } as object);
      await addToTotals(manager, changeOfTotals(undefined, job));
    });
  }

  override async find(jobId: string): Promise<Job | undefined> {
    return this.database.run((manager) => this.byId.find(manager, { jobId }));
  }

  override async findRun(provider: string, providerJobId: string): Promise<Job | undefined> {
    const job = await this.database.run((manager) => manager.findOneBy(JobEntity, { provider, providerJobId }));
    return job ?? undefined;
  }

  override async findAllForChange(selectors: readonly JobSelector[]): Promise<Job[]> {
    // One connection writes at a time on SQLite; elsewhere the rows are locked, and read as the last writer left them.
    const lock = this.database.dialect.skipLocked ? ({ lock: { mode: 'pessimistic_write' } } as const) : {};
    const found = new Map<string, Job>();
    for (const where of conditionsOf(selectors)) {
      // In one order, so that two who want the same jobs do not wait for each other.
      const wish = { where, order: { jobId: 'ASC' }, ...lock } as const;
      const jobs = await this.database.run((manager) => manager.find(JobEntity, wish));
      for (const job of jobs) if (selectors.some((selector) => isNamedBy(selector, job))) found.set(job.jobId, job);
    }
    return [...found.values()];
  }

  override async save(job: Job, changed: readonly (keyof Job)[], before: Job): Promise<void> {
    const facts = Object.fromEntries(changed.map((fact) => [fact, job[fact]]));
    await this.database.transaction(async (manager) => {
      await updateRows(manager, JobEntity, { jobId: job.jobId }, facts);
      await addToTotals(manager, changeOfTotals(before, { ...before, ...facts }));
    });
  }

  override async remove(jobId: string): Promise<void> {
    await this.database.transaction(async (manager) => {
      const before = await countedFactsOf(manager, jobId);
      if (before) await addToTotals(manager, lossOfTotals(before));
      await manager.delete(TimelineEntity, { jobId });
      await manager.delete(JobEntity, { jobId });
    });
  }

  override async list(filter: JobFilter, { limit, offset, after }: JobPageWish): Promise<Job[]> {
    return this.database.run((manager) => {
      const query = narrow(manager.createQueryBuilder(JobEntity, 'job'), filter);
      if (after) {
        query.andWhere(
          '(job.createdAtMs < :afterMs OR (job.createdAtMs = :afterMs AND job.jobId < :afterId))',
          { afterMs: after.createdAtMs, afterId: after.jobId },
        ); // prettier-ignore
      }
      return query
        .orderBy('job.createdAtMs', 'DESC')
        .addOrderBy('job.jobId', 'DESC')
        .limit(limit)
        .offset(offset)
        .getMany();
    });
  }

  override count(filter: JobFilter): Promise<number> {
    return this.database.run((manager) => narrow(manager.createQueryBuilder(JobEntity, 'job'), filter).getCount());
  }

  override async totals(filter: JobFilter): Promise<JobTotals[]> {
    const isTimed = 'job.completedAtMs >= job.startedAtMs';
    const rows = await this.database.run((manager) =>
      narrow(manager.createQueryBuilder(JobEntity, 'job'), filter)
        .select(`job.createdAtMs - job.createdAtMs % ${DAY_MS}`, 'dayms')
        .addSelect('job.status', 'status')
        .addSelect('COUNT(*)', 'jobs')
        .addSelect('COALESCE(SUM(job.costUsd), 0)', 'costusd')
        .addSelect(`SUM(CASE WHEN ${isTimed} THEN 1 ELSE 0 END)`, 'timedjobs')
        .addSelect(`SUM(CASE WHEN ${isTimed} THEN job.completedAtMs - job.startedAtMs ELSE 0 END)`, 'durationms')
        .groupBy(`job.createdAtMs - job.createdAtMs % ${DAY_MS}`)
        .addGroupBy('job.status')
        .getRawMany<
          Record<'dayms' | 'jobs' | 'costusd' | 'timedjobs' | 'durationms', string | number> & Pick<JobTotals, 'status'>
        >(),
    );
    return rows.map((row) => ({
      dayMs: Number(row.dayms),
      status: row.status,
      jobs: Number(row.jobs),
      costUsd: Number(row.costusd),
      timedJobs: Number(row.timedjobs),
      durationMs: Number(row.durationms),
    }));
  }

  override active(afterJobId: string, limit: number, provider?: string): Promise<Job[]> {
    return this.database.run((manager) =>
      manager.find(JobEntity, {
        where: {
          ...(provider !== undefined && { provider }),
          status: In([...activeStatuses]),
          providerJobId: Not(IsNull()),
          jobId: MoreThan(afterJobId),
        },
        order: { jobId: 'ASC' },
        take: limit,
      }),
    );
  }

  override async tell(...entries: readonly TimelineEntry[]): Promise<void> {
    await this.database.run((manager) => insertRows(manager, TimelineEntity, entries));
  }

  override hasTold(jobId: string, source: EvidenceSource, evidenceId: string): Promise<boolean> {
    return this.database.run((manager) => manager.existsBy(TimelineEntity, { jobId, source, evidenceId }));
  }

  override timeline(jobId: string, limit: number, afterSequence = 0): Promise<ToldEntry[]> {
    return this.database.run((manager) =>
      manager.find(TimelineEntity, {
        where: { jobId, sequence: MoreThan(afterSequence) },
        order: { sequence: 'ASC' },
        take: limit,
      }),
    );
  }
}

/** Each asks one index: jobs by their own ids, and by the ids that one provider gave. */
function conditionsOf(selectors: readonly JobSelector[]): FindOptionsWhere<JobEntity>[] {
  const jobIds = new Set<string>();
  const providerJobIds = new Map<string, Set<string>>();
  for (const selector of selectors) {
    const jobId = typeof selector === 'string' ? selector : selector.jobId;
    if (jobId !== undefined) jobIds.add(jobId);
    else if (typeof selector !== 'string' && selector.jobId === undefined) {
      const ids = providerJobIds.get(selector.provider) ?? new Set();
      providerJobIds.set(selector.provider, ids.add(selector.providerJobId));
    }
  }
  const byProvider = [...providerJobIds].map(([provider, ids]) => ({ provider, providerJobId: In([...ids]) }));
  return jobIds.size === 0 ? byProvider : [{ jobId: In([...jobIds]) }, ...byProvider];
}

function countedFactsOf(manager: EntityManager, jobId: string): Promise<CountedFacts | null> {
  const select = { provider: true, status: true, costUsd: true, startedAtMs: true, completedAtMs: true };
  return manager.findOne(JobEntity, { select, where: { jobId } });
}

function narrow(query: SelectQueryBuilder<JobEntity>, filter: JobFilter): SelectQueryBuilder<JobEntity> {
  const { statuses, provider, jobType, userId, text, createdAfterMs, createdBeforeMs } = filter;
  query.where('1 = 1');
  if (statuses) query.andWhere('job.status IN (:...statuses)', { statuses });
  if (provider !== undefined) query.andWhere('job.provider = :provider', { provider });
  if (jobType !== undefined) query.andWhere('job.jobType = :jobType', { jobType });
  if (userId !== undefined) query.andWhere('job.userId = :userId', { userId });
  if (createdAfterMs !== undefined) query.andWhere('job.createdAtMs > :createdAfterMs', { createdAfterMs });
  if (createdBeforeMs !== undefined) query.andWhere('job.createdAtMs < :createdBeforeMs', { createdBeforeMs });
  if (text !== undefined) {
    const pattern = `%${text.toLowerCase().replaceAll(/[!%_]/g, '!$&')}%`;
    query.andWhere(
      new Brackets((either) => {
        for (const column of SEARCHED) either.orWhere(`LOWER(job.${column}) LIKE :pattern ESCAPE '!'`, { pattern });
      }),
    );
  }
  return query;
}
