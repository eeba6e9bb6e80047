import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { DomainError, type Caller } from '../http/index.js';
import type { Job } from './job.js';
import { JobRepository, type JobFilter, type JobPageWish, type ToldEntry } from './job.repository.js';
import { JobRunRepository } from './job-run.repository.js';
import { JobUploadRepository } from './job-upload.repository.js';
import { jobView, type JobView } from './job-view.js';
import { jobNotFound } from './jobs.errors.js';

/** How many waiting jobs are looked at to tell places in the queue. */
const QUEUE_LOOK_MAX = 5_000;

export interface JobPage {
  readonly jobs: Job[];
  readonly total: number;
  /** Whether older jobs follow. */
  readonly hasMore: boolean;
}

/** What may be asked of jobs. */
@Injectable()
export class JobService {
  constructor(
    private readonly jobs: JobRepository,
    private readonly runs: JobRunRepository,
    private readonly uploads: JobUploadRepository,
    private readonly clock: Clock,
  ) {}

  /** Undefined when there is no such job. */
  find(jobId: string): Promise<Job | undefined> {
    return this.jobs.find(jobId);
  }

  /** A job that the caller may see. @throws DomainError job_not_found, also for one that is not theirs. */
  async visible(jobId: string, caller: Caller): Promise<Job> {
    const job = await this.jobs.find(jobId);
    if (!job || !maySee(job, caller)) throw jobNotFound();
    return job;
  }

  /** A visible job that the caller may change. @throws DomainError permission_denied for one of somebody else's. */
  async changeable(jobId: string, caller: Caller, everyones: 'job.cancel.all' | 'job.delete.all'): Promise<Job> {
    const job = await this.visible(jobId, caller);
    if (job.userId === caller.userId || caller.permissions.has(everyones)) return job;
    throw new DomainError('forbidden', 'permission_denied', 'This job belongs to somebody else.', {
      details: { required_permission: everyones },
    });
  }

  /** A page of the jobs that the caller may see. */
  async list(filter: JobFilter, page: JobPageWish, caller: Caller): Promise<JobPage> {
    const seen = caller.permissions.has('job.view.all') ? filter : { ...filter, userId: caller.userId ?? '' };
    if (filter.userId !== undefined && filter.userId !== seen.userId) return { jobs: [], total: 0, hasMore: false };
    const [jobs, total] = await Promise.all([
      this.jobs.list(seen, { ...page, limit: page.limit + 1 }),
      this.jobs.count(seen),
    ]);
    return { jobs: jobs.slice(0, page.limit), total, hasMore: jobs.length > page.limit };
  }

  /** What made the job what it is, in order, beginning after the entry `afterSequence`. */
  async timeline(
    jobId: string,
    limit: number,
    afterSequence?: number,
  ): Promise<{ entries: ToldEntry[]; hasMore: boolean }> {
    const entries = await this.jobs.timeline(jobId, limit + 1, afterSequence);
    return { entries: entries.slice(0, limit), hasMore: entries.length > limit };
  }

  /** The jobs as callers see them, with their uploads and places in the queue. */
  async views(jobs: readonly Job[]): Promise<JobView[]> {
    const uploads = await this.uploads.ofJobs(jobs.map(({ jobId }) => jobId));
    const uploadOf = new Map(uploads.map((upload) => [upload.jobId, upload]));
    const isAnyQueued = jobs.some(({ status }) => status === 'queued');
    const places = isAnyQueued ? await this.runs.waiting(QUEUE_LOOK_MAX) : new Map<string, number>();
    const nowMs = this.clock.now();
    return jobs.map((job) => jobView(job, uploadOf.get(job.jobId), places.get(job.jobId) ?? null, nowMs));
  }
}

function maySee(job: Job, caller: Caller): boolean {
  return job.userId === caller.userId || caller.permissions.has('job.view.all');
}
