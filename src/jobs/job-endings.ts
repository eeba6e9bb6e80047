import { Injectable } from '@nestjs/common';
import { AuditLog } from '../audit/index.js';
import { Database } from '../database/index.js';
import type { Actor } from '../http/index.js';
import type { Evidence, Job } from './job.js';
import { JobReports } from './job-reports.js';
import { JobRepository } from './job.repository.js';
import { JobWork } from './job-work.js';

/** Ends jobs here, at once and for good; what the provider still runs is left to the settler. */
@Injectable()
export class JobEndings {
  constructor(
    private readonly database: Database,
    private readonly jobs: JobRepository,
    private readonly reports: JobReports,
    private readonly work: JobWork,
    private readonly audit: AuditLog,
  ) {}

  /** Cancels the job unless it has ended already; true when this call has ended it. `actor` is audited when a person did it. */
  end(jobId: string, errorMessage: string | undefined, evidence: Evidence, actor?: Actor): Promise<boolean> {
    return this.database.transaction(async () => {
      const before = await this.jobs.findForChange(jobId);
      const report = { status: 'cancelled' as const, ...(errorMessage !== undefined && { errorMessage }) };
      if (!before || (await this.reports.apply(jobId, report, evidence)) !== 'applied') return false;
      const after = await this.jobs.find(jobId);
      if (after?.status !== 'cancelled' || before.status === 'cancelled') return false;
      await this.work.mustSettle(after);
      if (actor) await this.record(after, actor);
      return true;
    });
  }

  /** When the settler is to try next; null: it is done with the run, and what was reserved for the job becomes what it cost. */
  settleAt(jobId: string, dueMs: number | null): Promise<void> {
    return this.database.transaction(async () => {
      const job = await this.jobs.findForChange(jobId);
      if (job) await this.work.settleAt(job, dueMs);
    });
  }

  private async record(job: Job, actor: Actor): Promise<void> {
    await this.audit.record({
      type: 'job.cancelled',
      actor,
      targetType: 'job',
      targetId: job.jobId,
      details: { provider: job.provider, provider_job_id: job.providerJobId },
    });
  }
}
