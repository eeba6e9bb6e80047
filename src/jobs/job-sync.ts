import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import type { Caller } from '../http/index.js';
import type { Job } from './job.js';
import { activeStatuses } from './job-states.js';
import { JobService } from './job.service.js';
import { Poller } from './poller.js';

/** A caller's wish to see the newest state may ask for this many jobs, and wait for so long. */
const REFRESHED_JOBS_MAX = 100;
const REFRESH_PATIENCE_MS = 10_000;

/** Asks providers on a caller's word instead of waiting for the next poll. */
@Injectable()
export class JobSync {
  constructor(
    private readonly jobs: JobService,
    private readonly poller: Poller,
    private readonly clock: Clock,
  ) {}

  /** Brings the active jobs that the caller may see up to date, as far as the providers answer in time. */
  async refresh(caller: Caller): Promise<void> {
    const { jobs } = await this.jobs.list(
      { statuses: activeStatuses },
      { limit: REFRESHED_JOBS_MAX, offset: 0 },
      caller,
    );
    const tooLate = new AbortController();
    const { signal } = tooLate;
    // Each provider by itself: one that does not answer must not keep the others waiting.
    const polled = Promise.all(byProvider(jobs).map((ofOne) => this.poller.poll(ofOne, { signal })));
    await Promise.race([polled, this.clock.sleep(REFRESH_PATIENCE_MS, tooLate.signal)]);
    tooLate.abort();
  }
}

function byProvider(jobs: readonly Job[]): Job[][] {
  const groups = new Map<string, Job[]>();
  for (const job of jobs) groups.set(job.provider, [...(groups.get(job.provider) ?? []), job]);
  return [...groups.values()];
}
