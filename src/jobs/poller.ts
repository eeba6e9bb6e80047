import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { newId } from '#libs/ids';
import { getLogger, withLogContext } from '#libs/log';
import { ProviderRegistry, ProviderSettingsService, type ProviderAdapter } from '../providers/index.js';
import { isTerminal, type Job } from './job.js';
import { JobEndings } from './job-endings.js';
import { JobReports } from './job-reports.js';

/** How many runs are asked for at a time. */
const POLLS_AT_ONCE_MAX = 8;
/** How long a provider may say that it does not know a run before the job counts as lost. */
const UNKNOWN_PATIENCE_MS = 600_000;

const log = getLogger('jobs');

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
  onRunEnded(listener: (jobId: string) => void): void {
    this.providers.onRunEnded(listener);
  }

  /**
   * Asks for every one of the jobs, a few at a time, and merges the answers. A provider that fails is logged, not thrown.
   * `isHinted`: something else told of an end before, so an end that is found now tells of no lost webhook.
   */
  async poll(jobs: readonly Job[], signal?: AbortSignal, isHinted = false): Promise<void> {
    const waiting = [...jobs];
    const evidenceId = `poll-${newId()}`;
    const next = async (): Promise<void> => {
      for (let job = waiting.shift(); job && !signal?.aborted; job = waiting.shift()) {
        await this.pollSafely(job, evidenceId, isHinted);
      }
    };
    await Promise.all(Array.from({ length: POLLS_AT_ONCE_MAX }, next));
  }

  private pollSafely(job: Job, evidenceId: string, isHinted: boolean): Promise<void> {
    const { jobId, provider } = job;
    return withLogContext({ job_id: jobId, provider }, () =>
      this.pollOne(job, evidenceId, isHinted).catch((error: unknown) => {
        log.warning('The state of a run cannot be read; trying again', { error });
      }),
    );
  }

  private async pollOne(job: Job, evidenceId: string, isHinted: boolean): Promise<void> {
    const adapter = this.providers.find(job.provider);
    if (!adapter || job.providerJobId === null) return;
    const run = await adapter.status({ jobId: job.jobId, providerJobId: job.providerJobId });
    if (!run) return this.noteUnknown(job, evidenceId);
    this.unknownSinceMs.delete(job.jobId);
    const outcome = await this.reports.apply(job.jobId, run, { source: 'poll', id: evidenceId });
    const isEnd = outcome === 'applied' && run.status !== undefined && isTerminal(run.status);
    if (isEnd && !isHinted) noteLostWebhook(job, adapter);
    if (!run.status || !isTerminal(run.status)) await this.enforceRuntime(job);
  }

  private async noteUnknown(job: Job, evidenceId: string): Promise<void> {
    const nowMs = this.clock.now();
    const sinceMs = this.unknownSinceMs.get(job.jobId) ?? nowMs;
    this.unknownSinceMs.set(job.jobId, sinceMs);
    if (nowMs - sinceMs < UNKNOWN_PATIENCE_MS) return;
    this.unknownSinceMs.delete(job.jobId);
    const errorMessage = `The provider ${job.provider} no longer knows this run (asked for ${UNKNOWN_PATIENCE_MS / 60_000} minutes).`;
    await this.reports.apply(job.jobId, { status: 'failed', errorMessage }, { source: 'poll', id: evidenceId });
  }

  private async enforceRuntime(job: Job): Promise<void> {
    const { max_runtime_minutes: minutesMax } = await this.settings.get(job.provider);
    if (minutesMax === null || job.startedAtMs === null) return;
    if (this.clock.now() - job.startedAtMs < minutesMax * 60_000) return;
    const errorMessage = `Cancelled: it ran longer than the ${minutesMax} minutes that the provider's settings allow.`;
    await this.endings.end(job.jobId, errorMessage, { source: 'timeout', id: 'max_runtime_minutes' });
  }
}

/** A poll that is the first to learn of an end means that the webhook was lost, or is late. */
function noteLostWebhook(job: Job, adapter: ProviderAdapter): void {
  if (adapter.capabilities.webhooks)
    log.info('An end was learned by asking: its webhook has not arrived', { status: job.status });
}
