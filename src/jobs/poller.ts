import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { newId } from '#libs/ids';
import { getLogger, withLogContext } from '#libs/log';
import { DomainError } from '../http/index.js';
import { ProviderRegistry, ProviderSettingsService } from '../providers/index.js';
import { isTerminal, type Evidence, type Job } from './job.js';
import { JobEndings } from './job-endings.js';
import { JobReports, type Tiding } from './job-reports.js';

/** How many runs of one provider are asked for at a time: 10,000 in half a minute while an answer takes up to 190 ms. */
const POLLS_AT_ONCE_MAX = 64;
/** Answers that are merged by one transaction. */
const MERGED_MAX = 50;
/** How long a provider may say that it does not know a run before the job counts as lost. */
const UNKNOWN_PATIENCE_MS = 600_000;
/** Failures that are the provider's and not of one run: the others would fail, too. */
const OUTAGES = new Set(['provider_unavailable', 'provider_timeout']);

const log = getLogger('jobs');

/**
 * How the provider has answered: `well` also when there was nothing to ask; `refused` when it did so to every single question
 * (with a wrong token, for example); `outage` when it is in trouble, and not all was asked.
 */
export type PollOutcome = 'well' | 'refused' | 'outage';

export interface PollOptions {
  readonly signal?: AbortSignal;
  /** Nobody gave a reason to ask: an end that is found tells of a lost webhook. */
  readonly isUnprompted?: boolean;
}

/** Asks providers how runs stand. */
@Injectable()
export class Poller {
  /** Since when a provider does not know a run. */
  private readonly unknownSinceMs = new Map<string, number>();

  constructor(
    private readonly providers: ProviderRegistry,
    private readonly settings: ProviderSettingsService,
    private readonly reports: JobReports,
    private readonly endings: JobEndings,
    private readonly clock: Clock,
  ) {}

  /** Calls `listener` with a job that is worth asking for now, because its run was seen ending. */
  onRunEnded(listener: (jobId: string, provider: string) => void): void {
    this.providers.onRunEnded(listener);
  }

  /**
   * Asks for every one of the jobs, which are all of one provider, a few at a time, and merges the answers, as far as they say
   * anything new. A provider that fails is logged, not thrown; in an outage the rest of the jobs is left for another time.
   */
  async poll(jobs: readonly Job[], options: PollOptions = {}): Promise<PollOutcome> {
    const waiting = [...jobs];
    const isUnprompted = options.isUnprompted ?? false;
    const evidence: Evidence = { source: 'poll', id: `poll-${newId()}`, ...(isUnprompted && { isUnprompted }) };
    const seen = new Set<PollOutcome>();
    const news: Tiding[] = [];
    const next = async (): Promise<void> => {
      for (let job = waiting.shift(); job && !seen.has('outage') && !options.signal?.aborted; job = waiting.shift()) {
        seen.add(await this.pollSafely(job, evidence, news));
        if (news.length >= MERGED_MAX) await this.merge(news.splice(0));
      }
    };
    await Promise.all(Array.from({ length: Math.min(POLLS_AT_ONCE_MAX, jobs.length) }, next));
    await this.merge(news);
    return summary(seen);
  }

  private pollSafely(job: Job, evidence: Evidence, news: Tiding[]): Promise<PollOutcome> {
    const { jobId, provider, correlationId } = job;
    return withLogContext({ correlation_id: correlationId, job_id: jobId, provider }, async () => {
      try {
        await this.pollOne(job, evidence, news);
        return 'well';
      } catch (error) {
        log.warning('The state of a run cannot be read; trying again', { error });
        return error instanceof DomainError && OUTAGES.has(error.code) ? 'outage' : 'refused';
      }
    });
  }

  private async pollOne(job: Job, evidence: Evidence, news: Tiding[]): Promise<void> {
    const adapter = this.providers.find(job.provider);
    if (!adapter || job.providerJobId === null) return;
    const report = await adapter.status({ jobId: job.jobId, providerJobId: job.providerJobId });
    if (!report) return this.noteUnknown(job, evidence);
    this.unknownSinceMs.delete(job.jobId);
    if (this.reports.isNews(job, report)) news.push({ selector: job.jobId, report, evidence });
    if (!report.status || !isTerminal(report.status)) await this.enforceRuntime(job);
  }

  /** Together, or one by one when that fails, so that one which cannot be merged takes no other one with it. */
  private async merge(news: readonly Tiding[]): Promise<void> {
    if (news.length === 0) return;
    try {
      await this.reports.applyAll(news);
    } catch (error) {
      if (news.length > 1) for (const tiding of news) await this.merge([tiding]);
      else log.warning('What a provider says of a run cannot be recorded; trying again', { error });
    }
  }

  private async noteUnknown(job: Job, { source, id }: Evidence): Promise<void> {
    const nowMs = this.clock.now();
    const sinceMs = this.unknownSinceMs.get(job.jobId) ?? nowMs;
    this.unknownSinceMs.set(job.jobId, sinceMs);
    if (nowMs - sinceMs < UNKNOWN_PATIENCE_MS) return;
    this.unknownSinceMs.delete(job.jobId);
    const errorMessage = `The provider ${job.provider} no longer knows this run (asked for ${UNKNOWN_PATIENCE_MS / 60_000} minutes).`;
    await this.reports.apply(job.jobId, { status: 'failed', errorMessage }, { source, id });
  }

  private async enforceRuntime(job: Job): Promise<void> {
    const { max_runtime_minutes: minutesMax } = await this.settings.get(job.provider);
    if (minutesMax === null || job.startedAtMs === null) return;
    if (this.clock.now() - job.startedAtMs < minutesMax * 60_000) return;
    const errorMessage = `Cancelled: it ran longer than the ${minutesMax} minutes that the provider's settings allow.`;
    await this.endings.end(job.jobId, errorMessage, { source: 'timeout', id: 'max_runtime_minutes' });
  }
}

/** Of several outcomes: an outage is everybody's, a refusal that of one run as long as there is another answer. */
export function summary(outcomes: ReadonlySet<PollOutcome>): PollOutcome {
  if (outcomes.has('outage')) return 'outage';
  return outcomes.has('refused') && !outcomes.has('well') ? 'refused' : 'well';
}
