import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { getLogger } from '#libs/log';
import { Database } from '../database/index.js';
import { DomainError, notFound } from '../http/index.js';
import type { JobStatus } from '../providers/index.js';
import { IdempotencyRepository, KeyTaken, type RememberedSubmission } from './idempotency.repository.js';
import { fingerprintOf, keyHashOf } from './idempotency.js';
import { isTerminal, type Job } from './job.js';
import { JobCreation, JobTables, type JobOrder } from './job-creation.js';
import { terminalStatuses } from './job-states.js';
import { invalidJobState } from './jobs.errors.js';
import { openSubmission } from './submission.js';

/** A day. */
const KEY_LIFE_MS = 86_400_000;
const FORGET_INTERVAL_MS = 3_600_000;

const log = getLogger('jobs');

/** The key of a submission and everything that it was given for. */
export interface SubmissionKey {
  readonly key: string;
  readonly wish: unknown;
}

export interface Submitted {
  readonly jobId: string;
  readonly status: JobStatus;
  /** The key was known: this is the job that it made the first time. */
  readonly isReplay: boolean;
}

/** Takes in new jobs, once per idempotency key. */
@Injectable()
export class JobSubmissions {
  private forgetDueMs = 0;

  constructor(
    private readonly database: Database,
    private readonly tables: JobTables,
    private readonly creation: JobCreation,
    private readonly keys: IdempotencyRepository,
    private readonly clock: Clock,
  ) {}

  /** The job that the key made before, or undefined for a new key. @throws DomainError conflict when it was for another wish. */
  async replay(userId: string, { key, wish }: SubmissionKey): Promise<Submitted | undefined> {
    const known = await this.keys.find(keyHashOf(userId, key), this.clock.now());
    if (!known) return undefined;
    if (known.fingerprint !== fingerprintOf(wish))
      throw new DomainError('conflict', 'conflict', 'This idempotency key was used for another submission.');
    const job = await this.tables.jobs.find(known.jobId);
    if (!job) throw new DomainError('conflict', 'conflict', 'The job of this idempotency key has been deleted.');
    return { jobId: job.jobId, status: job.status, isReplay: true };
  }

  /** Makes the job durable; of several submissions with one key, at once or not, one makes the job and the others are told of it. */
  async submit(order: JobOrder, key?: SubmissionKey): Promise<Submitted> {
    try {
      const job = await this.database.transaction(() => this.create(order, key));
      log.info('Job submitted', { job_id: job.jobId, provider: job.provider });
      return { jobId: job.jobId, status: job.status, isReplay: false };
    } catch (error) {
      const replay = error instanceof KeyTaken && key && (await this.replay(order.userId, key));
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

  private async create(order: JobOrder, key: SubmissionKey | undefined): Promise<Job> {
    const job = await this.creation.create(order);
    if (key) await this.remember(order.userId, key, job);
    return job;
  }

  private async remember(userId: string, { key, wish }: SubmissionKey, { jobId }: Job): Promise<void> {
    const nowMs = this.clock.now();
    const remembered: RememberedSubmission = {
      keyHash: keyHashOf(userId, key),
      fingerprint: fingerprintOf(wish),
      jobId,
      expiresAtMs: nowMs + KEY_LIFE_MS,
    };
    await this.keys.remember(remembered, nowMs);
    if (nowMs < this.forgetDueMs) return;
    this.forgetDueMs = nowMs + FORGET_INTERVAL_MS;
    await this.keys.forgetExpired(nowMs);
  }
}
