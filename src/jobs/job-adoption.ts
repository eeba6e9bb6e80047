import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { idAt, isId } from '#libs/ids';
import { AuditLog } from '../audit/index.js';
import { Database, isUniqueViolation } from '../database/index.js';
import type { Actor } from '../http/index.js';
import type { ListedRun } from '../providers/index.js';
import { blankJob } from './blank-job.js';
import { JobTables } from './job-creation.js';
import { JobNews } from './job-news.js';
import { JobReports } from './job-reports.js';

/** Who has runs looked for at the providers, and by which request. */
export interface Finder {
  readonly userId: string;
  readonly actor: Actor;
  readonly requestId: string;
  readonly correlationId: string;
}

/** Makes jobs of runs that were found at a provider and that nobody submitted here (any more). */
@Injectable()
export class JobAdoption {
  constructor(
    private readonly database: Database,
    private readonly tables: JobTables,
    private readonly reports: JobReports,
    private readonly news: JobNews,
    private readonly audit: AuditLog,
  ) {}

  /** Every row of the job and its audit record, or nothing. False when another one has adopted the run meanwhile. */
  async adopt(provider: string, run: ListedRun, finder: Finder, nowMs: number): Promise<boolean> {
    try {
      await this.database.transaction(() => this.add(provider, run, finder, nowMs));
      return true;
    } catch (error) {
      if (isUniqueViolation(error)) return false;
      throw error;
    }
  }

  private async add(provider: string, run: ListedRun, finder: Finder, nowMs: number): Promise<void> {
    const { jobs, runs } = this.tables;
    const createdAtMs = Math.min(run.createdAtMs ?? nowMs, nowMs);
    const jobId = await this.idOf(provider, run, createdAtMs);
    const { userId, actor, requestId, correlationId } = finder;
    const metadata = { imported: true, ...(run.model !== undefined && { model: run.model }) };
    const job = blankJob({ jobId, provider, userId, correlationId, metadata }, createdAtMs);
    await jobs.add(job);
    await runs.add(jobId, provider, null, null);
    await jobs.tell({
      ...{ jobId, atMs: nowMs, source: 'user', evidenceId: requestId, fromStatus: null, toStatus: job.status },
      note: 'imported: found at the provider',
    });
    await this.audit.record({
      type: 'job.submitted',
      actor,
      targetType: 'job',
      targetId: jobId,
      details: { provider, provider_job_id: run.providerJobId, is_imported: true },
    });
    await this.news.tellNew(job, 'user');
    await this.reports.apply(jobId, run, { source: 'user', id: requestId });
  }

  /**
   * The id under which the run was started, if it was started for a job that is gone (after a restore, for example): its
   * webhooks and files name that one. Otherwise one that follows from the run, so that it can be adopted only once.
   */
  private async idOf(provider: string, run: ListedRun, createdAtMs: number): Promise<string> {
    if (run.jobId !== undefined && isId(run.jobId) && !(await this.tables.jobs.find(run.jobId))) return run.jobId;
    return idAt(
      createdAtMs,
      createHash('sha256')
        .update(JSON.stringify([provider, run.providerJobId]))
        .digest(),
    );
  }
}
