import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { Clock } from '#libs/clock';
import { getLogger } from '#libs/log';
import { Lifecycle } from '#libs/worker';
import { SseStream } from '../events/index.js';
import { DomainError } from '../http/index.js';
import { ProviderRegistry } from '../providers/index.js';
import { isTerminal, type Job } from './job.js';
import { newPart } from './log-tail.js';
import { JobRepository } from './job.repository.js';

const LOG_BYTES_MAX = 1_048_576;
const LAST_LOG_BYTES_MAX = 8_192;
/** How often a stream asks the provider; a stream's end comes at most this late. */
const FOLLOW_INTERVAL_MS = 2_000;
const STREAMS_MAX = 200;

const log = getLogger('jobs');

/** What jobs have written. */
@Injectable()
export class JobLogs {
  private readonly streams = new Set<AbortController>();

  constructor(
    private readonly jobs: JobRepository,
    private readonly providers: ProviderRegistry,
    private readonly clock: Clock,
    lifecycle: Lifecycle,
  ) {
    lifecycle.onDraining(() => this.streams.forEach((stream) => stream.abort()));
  }

  /** The whole log or its end; empty while the provider does not have the job yet. */
  async read(job: Job, bytesMax = LOG_BYTES_MAX): Promise<string> {
    const adapter = this.providers.find(job.provider);
    if (!adapter || job.providerJobId === null) return '';
    return adapter.logs({ jobId: job.jobId, providerJobId: job.providerJobId }, bytesMax);
  }

  /** The newest line. */
  async lastLine(job: Job): Promise<string | null> {
    if (job.lastLog !== null) return job.lastLog;
    const text = await this.read(job, LAST_LOG_BYTES_MAX).catch(() => '');
    return text.trimEnd().split('\n').at(-1) || null;
  }

  /** Sends what there is, then what is added, and ends when the job has. */
  async follow(job: Job, response: Response): Promise<void> {
    if (this.streams.size >= STREAMS_MAX)
      throw new DomainError('unavailable', 'not_ready', 'Too many logs are being followed; try again later.', {
        headers: { 'Retry-After': '30' },
      });
    const gone = new AbortController();
    this.streams.add(gone);
    const stream = new SseStream(response, this.clock);
    stream.onClose(() => gone.abort());
    try {
      await this.feed(job.jobId, stream, gone.signal);
    } finally {
      this.streams.delete(gone);
      stream.end();
    }
  }

  private async feed(jobId: string, stream: SseStream, gone: AbortSignal): Promise<void> {
    let seen = '';
    while (!gone.aborted) {
      // The state is read before the log: what a job wrote before its end is in the log by then.
      const job = await this.jobs.find(jobId);
      const text = job ? await this.readSafely(job, seen) : seen;
      const added = newPart(seen, text);
      if (added !== '') stream.send({ event: 'log', data: { job_id: jobId, text: added } });
      seen = text;
      if (!job || isTerminal(job.status)) {
        stream.send({ event: 'end', data: { job_id: jobId, status: job?.status ?? null } });
        return;
      }
      await this.clock.sleep(FOLLOW_INTERVAL_MS, gone);
    }
  }

  private readSafely(job: Job, seen: string): Promise<string> {
    return this.read(job).catch((error: unknown) => {
      log.warning('A log cannot be read; trying again', { job_id: job.jobId, error });
      return seen;
    });
  }
}
