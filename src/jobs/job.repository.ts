import type { JobStatus } from '../providers/index.js';
import { isNamedBy, type EvidenceSource, type Job, type JobSelector } from './job.js';

/** One event that made a job what it is. */
export interface TimelineEntry {
  readonly jobId: string;
  readonly atMs: number;
  readonly source: EvidenceSource;
  readonly evidenceId: string;
  /** Null in the first entry of a job. */
  readonly fromStatus: JobStatus | null;
  readonly toStatus: JobStatus;
  readonly note: string | null;
}

/** An entry with its number, which grows in the order of telling. */
export interface ToldEntry extends TimelineEntry {
  readonly sequence: number;
}

/** What a list is narrowed to; absent means: any. */
export interface JobFilter {
  readonly statuses?: readonly JobStatus[];
  readonly provider?: string;
  readonly jobType?: string;
  readonly userId?: string;
  /** Part of an id or a name, in any case. */
  readonly text?: string;
  readonly createdAfterMs?: number;
  readonly createdBeforeMs?: number;
}

/** The last job of the page before. */
export interface JobPosition {
  readonly createdAtMs: number;
  readonly jobId: string;
}

export interface JobPageWish {
  readonly limit: number;
  readonly offset: number;
  readonly after?: JobPosition;
}

/** Jobs of one day (UTC, by creation) and one status, together. */
export interface JobTotals {
  readonly dayMs: number;
  readonly status: JobStatus;
  readonly jobs: number;
  readonly costUsd: number;
  /** How many of them have a start and an end, and their time together. */
  readonly timedJobs: number;
  readonly durationMs: number;
}

/**
 * Where jobs and their timelines live. Every driver must pass test/contract/jobs.test.ts, and keeps the fleet's totals of jobs
 * (job-totals.ts) in the transaction of each change, as test/contract/jobs-totals.test.ts proves.
 */
export abstract class JobRepository {
  abstract add(job: Job): Promise<void>;
  abstract find(jobId: string): Promise<Job | undefined>;
  /** The job that is this run of the provider. */
  abstract findRun(provider: string, providerJobId: string): Promise<Job | undefined>;
  /** The job a report names, kept from everyone else's changes until the caller's transaction ends. */
  async findForChange(selector: JobSelector): Promise<Job | undefined> {
    return (await this.findAllForChange([selector])).find((job) => isNamedBy(selector, job));
  }

  /** As `findForChange`: every job that one of the selectors names, each once, in no order. */
  abstract findAllForChange(selectors: readonly JobSelector[]): Promise<Job[]>;
  /** Writes the named facts of a job; `before` is the job as `findAllForChange` gave it in the same transaction. */
  abstract save(job: Job, changed: readonly (keyof Job)[], before: Job): Promise<void>;
  /** Forgets a job and its timeline. */
  abstract remove(jobId: string): Promise<void>;
  /** Newest first, ids breaking ties; `after` leaves no gap and repeats nothing while jobs are added. */
  abstract list(filter: JobFilter, page: JobPageWish): Promise<Job[]>;
  /** How many jobs the filter has in all. */
  abstract count(filter: JobFilter): Promise<number>;
  /** The filter's jobs, added up by day and status. */
  abstract totals(filter: JobFilter): Promise<JobTotals[]>;
  /** Jobs that their provider (or the given one) runs, by id, beginning after `afterJobId`. */
  abstract active(afterJobId: string, limit: number, provider?: string): Promise<Job[]>;

  abstract tell(...entries: readonly TimelineEntry[]): Promise<void>;
  /** Whether this evidence is in the job's timeline already. */
  abstract hasTold(jobId: string, source: EvidenceSource, evidenceId: string): Promise<boolean>;
  /** In the order in which it was told, beginning after the entry `afterSequence`. */
  abstract timeline(jobId: string, limit: number, afterSequence?: number): Promise<ToldEntry[]>;
}
