import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { getLogger, withLogContext } from '#libs/log';
import { Keyring } from '../config/index.js';
import { DomainError } from '../http/index.js';
import { ProviderRegistry, type ProviderAdapter, type ProviderJob } from '../providers/index.js';
import { isTerminal, type Job } from './job.js';
import { JobEnvironment } from './job-environment.js';
import { JobReports } from './job-reports.js';
import { JobRepository } from './job.repository.js';
import { JobRunRepository, type Claim } from './job-run.repository.js';
import { openSubmission } from './submission.js';

/** Pauses between attempts grow from the first of these to the last; together about an hour and a half. */
const RETRY_DELAY_MS_MIN = 5_000;
const RETRY_DELAY_MS_MAX = 300_000;
const ATTEMPTS_MAX = 24;
/** After these the provider may be well again, or may even have the job. */
const PASSING_FAULTS = new Set(['provider_unavailable', 'provider_timeout', 'not_ready']);

const log = getLogger('jobs');

/** What a job is handed over with. */
@Injectable()
export class HandoverPapers {
  constructor(
    private readonly runs: JobRunRepository,
    private readonly keyring: Keyring,
    private readonly environment: JobEnvironment,
  ) {}

  async of(job: Job): ReturnType<JobEnvironment['prepare']> {
    const sealed = await this.runs.submission(job.jobId);
    return this.environment.prepare(job, openSubmission(this.keyring, job.jobId, sealed));
  }
}

/** The providers and the time, which a handover needs beside its stores. */
@Injectable()
export class HandoverWorld {
  constructor(
    readonly providers: ProviderRegistry,
    readonly clock: Clock,
  ) {}
}

/** Hands one claimed job to its provider. No transaction is open while the provider is called. */
@Injectable()
export class Handover {
  constructor(
    private readonly jobs: JobRepository,
    private readonly runs: JobRunRepository,
    private readonly reports: JobReports,
    private readonly papers: HandoverPapers,
    private readonly world: HandoverWorld,
  ) {}

  /** Never rejects: a failure is the job's, told in its timeline, or ends in another attempt. */
  handOver(claim: Claim, holder: string): Promise<void> {
    return withLogContext({ job_id: claim.jobId, provider: claim.provider, attempt: claim.attempt }, () =>
      this.attempt(claim, holder).catch((error: unknown) => {
        log.error('A job could not be handed over; the claim runs out and it is tried again', { error });
      }),
    );
  }

  private async attempt(claim: Claim, holder: string): Promise<void> {
    const job = await this.jobs.find(claim.jobId);
    if (!job || isTerminal(job.status)) return this.runs.finishDispatch(claim.jobId);
    return withLogContext({ correlation_id: job.correlationId }, () => this.handOverJob(job, claim, holder));
  }

  private async handOverJob(job: Job, claim: Claim, holder: string): Promise<void> {
    try {
      const run = await this.start(job, claim);
      await this.reports.apply(job.jobId, run, evidenceOf(claim));
      await this.endIfUnwanted(job.jobId);
      log.info('Job handed to its provider', { provider_job_id: run.providerJobId });
    } catch (error) {
      await this.fail(job, claim, holder, error);
    }
  }

  private async start(job: Job, claim: Claim): Promise<ProviderJob> {
    const adapter = this.world.providers.find(job.provider);
    if (!adapter)
      throw new DomainError('provider', 'provider_error', `There is no provider ${job.provider} here any more.`);
    // A former attempt may have reached the provider although its answer never reached us.
    const found = claim.attempt > 1 ? await adapter.find(job.jobId) : undefined;
    if (found) return { ...found, note: 'found at the provider after an interruption' };
    return this.submit(adapter, job);
  }

  private async submit(adapter: ProviderAdapter, job: Job): Promise<ProviderJob> {
    const papers = await this.papers.of(job);
    if (papers.webhookUrl !== null && adapter.tellsEnds) await this.runs.awaitWebhook(job.jobId);
    return adapter.submit(papers);
  }

  /** Cancelled while it was being handed over: its run must not go on. */
  private async endIfUnwanted(jobId: string): Promise<void> {
    const job = await this.jobs.find(jobId);
    if (job?.status === 'cancelled') await this.runs.settleAt(jobId, this.world.clock.now());
  }

  private async fail(job: Job, claim: Claim, holder: string, error: unknown): Promise<void> {
    const isExpected = error instanceof DomainError;
    const isPassing = !isExpected || PASSING_FAULTS.has(error.code);
    const reason = isExpected ? error.message : 'An error in the server; its log has the details.';
    if (isExpected) log.warning('The provider did not take the job', { error });
    else log.error('Handing a job over failed', { error });
    if (isPassing && claim.attempt < ATTEMPTS_MAX) {
      await this.reports.apply(job.jobId, { note: `Not handed over yet: ${reason}` }, evidenceOf(claim));
      const delayMs = Math.min(RETRY_DELAY_MS_MIN * 2 ** (claim.attempt - 1), RETRY_DELAY_MS_MAX);
      await this.runs.postpone(job.jobId, holder, this.world.clock.now() + delayMs);
      return;
    }
    const errorMessage = isPassing ? `Given up after ${claim.attempt} attempts: ${reason}` : reason;
    await this.reports.apply(job.jobId, { status: 'failed', errorMessage }, evidenceOf(claim));
  }
}

function evidenceOf(claim: Claim): { source: 'dispatcher'; id: string } {
  return { source: 'dispatcher', id: `dispatch-${claim.attempt}` };
}
