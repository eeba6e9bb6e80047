import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { isTerminal, type Job } from './job.js';
import { costEntryOf } from './job-cost.js';
import { JobCostRepository } from './job-cost.repository.js';
import { JobRunRepository } from './job-run.repository.js';
import { JobUploadRepository } from './job-upload.repository.js';
import { LostWebhooks } from './lost-webhooks.js';

/** What follows from a job's move, in the same transaction. */
@Injectable()
export class JobWork {
  constructor(
    private readonly runs: JobRunRepository,
    private readonly uploads: JobUploadRepository,
    private readonly lostWebhooks: LostWebhooks,
    private readonly costs: JobCostRepository,
    private readonly clock: Clock,
  ) {}

  /** The provider has the job. */
  async handedOver(jobId: string): Promise<void> {
    await this.runs.finishDispatch(jobId);
  }

  /** The job has come to its end: nobody hands it over any more, and its credential closes. */
  async ended(job: Job): Promise<void> {
    await this.runs.finishDispatch(job.jobId);
    await this.uploads.close(job.jobId, job.status !== 'completed', this.clock.now());
  }

  /** What the job has cost is known better now. */
  async accounted(job: Job): Promise<void> {
    const isSettling = isTerminal(job.status) && (await this.runs.isSettling(job.jobId));
    await this.costs.put(costEntryOf(job, this.clock.now(), isSettling));
  }

  /** The job's end was found without anybody's word. True when a webhook should have told it; that is counted then. */
  async endedUnprompted(job: Job): Promise<boolean> {
    if (!(await this.runs.awaitsWebhook(job.jobId))) return false;
    await this.lostWebhooks.count(job.provider, this.clock.now());
    return true;
  }

  /** The job was ended here: its run at the provider, if there may be one, has to be ended as well. */
  async mustSettle(job: Job): Promise<void> {
    const mayRun = job.providerJobId !== null || (await this.runs.wasClaimed(job.jobId));
    if (mayRun) await this.settleAt(job, this.clock.now());
  }

  /** When to look next whether the run has ended at the provider, too; null: it has, and the job is charged what it cost. */
  async settleAt(job: Job, dueMs: number | null): Promise<void> {
    await this.runs.settleAt(job.jobId, dueMs);
    await this.accounted(job);
  }
}
