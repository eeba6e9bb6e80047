import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { getLogger } from '#libs/log';
import { ProviderRegistry, type ProviderAdapter, type ProviderJob } from '../providers/index.js';
import { isTerminal, type Evidence, type Job } from './job.js';
import { JobEndings } from './job-endings.js';
import { JobReports } from './job-reports.js';
import { JobRepository } from './job.repository.js';

const AGAIN_MS_MIN = 2_000;
const AGAIN_MS_MAX = 600_000;
/** How long a run is looked for whose id we never learned: the call that starts it may still be under way. */
const LOOK_FOR_MS = 300_000;

const log = getLogger('jobs');

/** Ends runs at the provider that were ended here, and follows them until the provider says so and has billed them. */
@Injectable()
export class Settler {
  constructor(
    private readonly jobs: JobRepository,
    private readonly reports: JobReports,
    private readonly endings: JobEndings,
    private readonly providers: ProviderRegistry,
    private readonly clock: Clock,
  ) {}

  /** One try; when it leaves the run going, the next one is due later. @throws DomainError what the provider answered. */
  async settle(jobId: string): Promise<void> {
    const job = await this.jobs.find(jobId);
    const adapter = job && this.providers.find(job.provider);
    if (!job || !adapter) return this.endings.settleAt(jobId, null);
    // Due again before the call: a crash in it forgets nothing.
    await this.endings.settleAt(jobId, this.nextMs(job));
    const providerJobId = job.providerJobId ?? (await this.lookFor(job, adapter));
    if (providerJobId === undefined) return;
    await this.end(job, adapter, providerJobId);
  }

  private async end(job: Job, adapter: ProviderAdapter, providerJobId: string): Promise<void> {
    const reference = { jobId: job.jobId, providerJobId };
    if (await this.isOver(job, await adapter.status(reference))) return;
    await adapter.cancel(reference);
    log.info('The provider was asked to end the run', { job_id: job.jobId, provider: job.provider });
    await this.isOver(job, await adapter.status(reference));
  }

  /** Takes the final bill; whatever the provider calls the end, the job's own end stays. */
  private async isOver(job: Job, run: ProviderJob | undefined): Promise<boolean> {
    if (run && !(run.status && isTerminal(run.status))) return false;
    await this.reports.apply(job.jobId, { ...run, note: 'the run has ended at the provider' }, evidence);
    await this.endings.settleAt(job.jobId, null);
    return true;
  }

  private async lookFor(job: Job, adapter: ProviderAdapter): Promise<string | undefined> {
    const run = await adapter.find(job.jobId);
    if (run) {
      await this.reports.apply(job.jobId, { providerJobId: run.providerJobId }, evidence);
      return run.providerJobId;
    }
    if (this.clock.now() - (job.completedAtMs ?? job.createdAtMs) > LOOK_FOR_MS)
      await this.endings.settleAt(job.jobId, null);
    return undefined;
  }

  /** The longer a provider refuses, the less often it is asked. */
  private nextMs(job: Job): number {
    const nowMs = this.clock.now();
    const sinceMs = nowMs - (job.completedAtMs ?? nowMs);
    return nowMs + Math.min(AGAIN_MS_MAX, Math.max(AGAIN_MS_MIN, sinceMs / 4));
  }
}

const evidence: Evidence = { source: 'poll', id: 'settlement' };
