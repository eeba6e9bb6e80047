import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { newId, uploadToken } from '#libs/ids';
import { AuditLog } from '../audit/index.js';
import { Keyring } from '../config/index.js';
import { Database } from '../database/index.js';
import type { Actor } from '../http/index.js';
import { blankJob } from './blank-job.js';
import type { Job } from './job.js';
import { costEntryOf } from './job-cost.js';
import { JobCostRepository } from './job-cost.repository.js';
import { JobNews } from './job-news.js';
import { JobRepository } from './job.repository.js';
import { JobRunRepository } from './job-run.repository.js';
import { JobUploadRepository } from './job-upload.repository.js';
import { sealSubmission, type JobSubmission } from './submission.js';

/** Who wants which job. */
export interface JobOrder {
  readonly provider: string;
  readonly submission: JobSubmission;
  readonly userId: string;
  readonly actor: Actor;
  readonly requestId: string;
  readonly correlationId: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Null when nothing is known to estimate from. */
  readonly estimatedCostUsd?: number | null;
}

/** The tables that a new job has rows in. */
@Injectable()
export class JobTables {
  constructor(
    readonly jobs: JobRepository,
    readonly runs: JobRunRepository,
    readonly uploads: JobUploadRepository,
    readonly costs: JobCostRepository,
    readonly keyring: Keyring,
  ) {}
}

/** Makes a job durable: every row of it, its audit record and its announcement, or nothing. */
@Injectable()
export class JobCreation {
  constructor(
    private readonly database: Database,
    private readonly tables: JobTables,
    private readonly news: JobNews,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** The id is minted before any provider is called, so that a crash can never leave a run without a job. */
  create(order: JobOrder): Promise<Job> {
    const job = newJob(order, this.clock.now());
    return this.database.transaction(async () => {
      const { jobId, provider, userId, createdAtMs } = job;
      const { jobs, runs, uploads, costs, keyring } = this.tables;
      await jobs.add(job);
      await costs.add(costEntryOf(job, createdAtMs));
      await runs.add(jobId, provider, sealSubmission(keyring, jobId, order.submission), createdAtMs);
      await uploads.add({ jobId, uploadToken: uploadToken(), userId, provider, createdAtMs });
      await jobs.tell({
        jobId,
        atMs: createdAtMs,
        source: 'user',
        evidenceId: order.requestId,
        fromStatus: null,
        toStatus: job.status,
        note: 'submitted',
      });
      await this.audit.record({
        type: 'job.submitted',
        actor: order.actor,
        targetType: 'job',
        targetId: jobId,
        details: { provider, config_name: job.configName },
      });
      await this.news.tellNew(job, 'user');
      return job;
    });
  }
}

function newJob(order: JobOrder, nowMs: number): Job {
  const { provider, submission, userId, correlationId, metadata, estimatedCostUsd = null } = order;
  return {
    ...blankJob({ jobId: newId(), provider, userId, correlationId, metadata }, nowMs),
    configName: submission.configName,
    trackerRunName: submission.trackerRunName,
    hardwareProfile: submission.hardwareProfile,
    hardwareType: submission.hardwareProfile,
    estimatedCostUsd,
  };
}
