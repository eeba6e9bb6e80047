import { Injectable } from '@nestjs/common';
import { Brackets, In, IsNull, MoreThan, Not, type SelectQueryBuilder } from 'typeorm';
import { Database } from '../../database/index.js';
import type { EvidenceSource, Job, JobSelector } from '../job.js';
import { JobEntity } from '../job.entity.js';
import {
  JobRepository,
  type JobFilter,
  type JobPageWish,
  type JobTotals,
  type TimelineEntry,
  type ToldEntry,
} from '../job.repository.js';
import { activeStatuses } from '../job-states.js';
import { TimelineEntity } from '../timeline.entity.js';

/** Columns in which the text of a filter is looked for. */
const SEARCHED = ['jobId', 'providerJobId', 'configName', 'trackerRunName'] as const;

const DAY_MS = 86_400_000;

@Injectable()
export class SqlJobRepository extends JobRepository {
  constructor(private readonly database: Database) {
    super();
  }

  override async add(job: Job): Promise<void> {
    await this.database.run((manager) => manager.insert(JobEntity, { ...job } as object));
  }

  override async find(jobId: string): Promise<Job | undefined> {
    return (await this.database.run((manager) => manager.findOneBy(JobEntity, { jobId }))) ?? undefined;
  }

  override async findRun(provider: string, providerJobId: string): Promise<Job | undefined> {
    const job = await this.database.run((manager) => manager.findOneBy(JobEntity, { provider, providerJobId }));
    return job ?? undefined;
  }

  override async findForChange(selector: JobSelector): Promise<Job | undefined> {
    const where =
      typeof selector === 'string'
        ? { jobId: selector }
        : selector.jobId !== undefined
          ? { jobId: selector.jobId, provider: selector.provider }
          : { provider: selector.provider, providerJobId: selector.providerJobId };
    // One connection writes at a time on SQLite; elsewhere the row is locked, and read as the last writer left it.
    const lock = this.database.dialect.skipLocked ? ({ lock: { mode: 'pessimistic_write' } } as const) : {};
    const job = await this.database.run((manager) => manager.findOne(JobEntity, { where, ...lock }));
    if (!job || !isNamedBy(selector, job)) return undefined;
    return job;
  }

  override async save(job: Job, changed: readonly (keyof Job)[]): Promise<void> {
    const facts = Object.fromEntries(changed.map((fact) => [fact, job[fact]]));
    await this.database.run((manager) => manager.update(JobEntity, { jobId: job.jobId }, facts));
  }

  override async remove(jobId: string): Promise<void> {
    await this.database.transaction(async (manager) => {
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
    await this.database.run((manager) =>
      manager.insert(
        TimelineEntity,
        entries.map((entry) => ({ ...entry })),
      ),
    );
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

/** A report that names both ids must not reach a job that the provider knows by another one. */
function isNamedBy(selector: JobSelector, job: Job): boolean {
  if (typeof selector === 'string' || selector.providerJobId === undefined) return true;
  return job.providerJobId === null || job.providerJobId === selector.providerJobId;
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
