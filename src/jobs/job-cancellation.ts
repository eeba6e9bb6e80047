import { Injectable } from '@nestjs/common';
import { getLogger } from '#libs/log';
import { AuditLog } from '../audit/index.js';
import { Database } from '../database/index.js';
import { DomainError, type Actor } from '../http/index.js';
import { ProviderRegistry } from '../providers/index.js';
import { isTerminal, type Job } from './job.js';
import { JobEndings } from './job-endings.js';
import { JobTables } from './job-creation.js';
import { activeStatuses, terminalStatuses } from './job-states.js';
import { invalidJobState, jobNotFound } from './jobs.errors.js';
import { Settler } from './settler.js';

const log = getLogger('jobs');

/** Ends jobs on a caller's word. */
@Injectable()
export class JobCancellation {
  constructor(
    private readonly tables: JobTables,
    private readonly endings: JobEndings,
    private readonly settler: Settler,
  ) {}

  /**
   * Cancels the job here, for good, then asks the provider to end its run. A job cancelled before is answered in the same way.
   * @throws DomainError invalid_job_state; provider_error when the provider did not end the run (the server keeps trying).
   */
  async cancel(job: Job, actor: Actor, requestId: string): Promise<void> {
    const isNew = await this.endings.end(job.jobId, undefined, { source: 'user', id: requestId }, actor);
    const now = await this.tables.jobs.find(job.jobId);
    if (!now) throw jobNotFound();
    if (now.status !== 'cancelled') throw invalidJobState('cancelled', now.status, activeStatuses);
    if (isNew) log.info('Job cancelled', { job_id: job.jobId, provider: job.provider });
    if (!(await this.tables.runs.isSettling(job.jobId))) return;
    await this.settler.settle(job.jobId).catch((error: unknown) => {
      throw refusal(error);
    });
  }
}

/** The job is cancelled all the same; the answer says that the run may still go on, and cost. */
function refusal(error: unknown): unknown {
  if (!(error instanceof DomainError)) return error;
  const message = `The job is cancelled here, but its provider has not ended the run yet (${error.message}); the server keeps trying.`;
  return new DomainError('provider', 'provider_error', message, { body: { status: 'cancelled' }, cause: error });
}

/** Deletes jobs that have ended. */
@Injectable()
export class JobDeletion {
  private readonly dependents: ((jobId: string) => Promise<void>)[] = [];

  constructor(
    private readonly database: Database,
    private readonly tables: JobTables,
    private readonly providers: ProviderRegistry,
    private readonly audit: AuditLog,
  ) {}

  /** Calls `work` in the transaction of every deletion: what hangs on the job goes with it, or the job stays. */
  onDeleted(work: (jobId: string) => Promise<void>): void {
    this.dependents.push(work);
  }

  /** @throws DomainError invalid_job_state for a job that is active, conflict while its run still has to be ended. */
  async remove(jobId: string, actor: Actor): Promise<void> {
    const { jobs, runs, uploads } = this.tables;
    const provider = await this.database.transaction(async () => {
      const job = await jobs.findForChange(jobId);
      if (!job) throw jobNotFound();
      if (!isTerminal(job.status)) throw invalidJobState('deleted', job.status, terminalStatuses);
      if (await runs.isSettling(jobId))
        throw new DomainError(
          'conflict',
          'conflict',
          'The provider has not ended the run of this job yet; try again later.',
        );
      await runs.remove(jobId);
      await uploads.remove(jobId);
      await jobs.remove(jobId);
      for (const dependent of this.dependents) await dependent(jobId);
      await this.audit.record({ type: 'job.deleted', actor, targetType: 'job', targetId: jobId });
      return job.provider;
    });
    await this.providers.find(provider)?.forget(jobId).catch((error: unknown) => {
      log.warning('What the provider keeps of a deleted job could not be removed', { job_id: jobId, provider, error });
    }); // prettier-ignore
  }
}
