import { Injectable } from '@nestjs/common';
import { getLogger } from '#libs/log';
import { Database } from '../database/index.js';
import { notFound } from '../http/index.js';
import type { JobStatus } from '../providers/index.js';
import { CostLimitExceeded, CostLimits, type CostCheck } from './cost-limits.js';
import { KeyTaken } from './idempotency.repository.js';
import { isTerminal, type Job } from './job.js';
import { JobCreation, JobTables, type JobOrder } from './job-creation.js';
import { terminalStatuses } from './job-states.js';
import { invalidJobState } from './jobs.errors.js';
import { SubmissionKeys, type SubmissionKey } from './submission-keys.js';
import { openSubmission } from './submission.js';

const log = getLogger('jobs');

export interface Submitted {
  readonly jobId: string;
  readonly status: JobStatus;
  /** The key was known: this is the job that it made the first time. */
  readonly isReplay: boolean;
  /** That the provider's cost limit is near or passed. */
  readonly costLimitWarning: string | null;
}

/** Takes in new jobs, once per idempotency key. */
@Injectable()
export class JobSubmissions {
  constructor(
    private readonly database: Database,
    private readonly tables: JobTables,
    private readonly creation: JobCreation,
    private readonly keys: SubmissionKeys,
    private readonly limits: CostLimits,
  ) {}

  /** The job that the key made before, or undefined for a new key. @throws DomainError conflict when it was for another wish. */
  async replay(userId: string, key: SubmissionKey): Promise<Submitted | undefined> {
    const job = await this.keys.find(userId, key);
    return job && { jobId: job.jobId, status: job.status, isReplay: true, costLimitWarning: null };
  }

  /**
   * Makes the job durable; of several submissions with one key, at once or not, one makes the job and the others are told of it.
   * @throws CostLimitExceeded.
   */
  async submit(order: JobOrder, key?: SubmissionKey): Promise<Submitted> {
    const check = await this.limits.prepare(order.provider, order.submission.hardwareProfile);
    try {
      const { job, costLimitWarning } = await this.database.transaction(() => this.create(order, check, key));
      log.info('Job submitted', { job_id: job.jobId, provider: job.provider });
      return { jobId: job.jobId, status: job.status, isReplay: false, costLimitWarning };
    } catch (error) {
      // The one that was first with this key may also be what has used the limit up.
      const mayBeReplay = error instanceof KeyTaken || error instanceof CostLimitExceeded;
      const replay = mayBeReplay && key && (await this.replay(order.userId, key));
      if (!replay) throw error;
      return replay;
    }
  }

  /** A new job from the submission of one that has ended. */
  async retry(job: Job, order: Omit<JobOrder, 'provider' | 'submission' | 'metadata'>): Promise<Submitted> {
    if (!isTerminal(job.status)) throw invalidJobState('retried', job.status, terminalStatuses);
    const sealed = await this.tables.runs.submission(job.jobId);
    if (sealed === undefined) throw notFound('The submission of this job');
    const submission = openSubmission(this.tables.keyring, job.jobId, sealed);
    return this.submit({ ...order, provider: job.provider, submission, metadata: { retry_of: job.jobId } });
  }

  private async create(order: JobOrder, check: CostCheck, key: SubmissionKey | undefined) {
    const costLimitWarning = await this.limits.reserve(check);
    const job = await this.creation.create({ ...order, estimatedCostUsd: check.estimatedUsd });
    if (key) await this.keys.remember(order.userId, key, job);
    return { job, costLimitWarning };
  }
}
