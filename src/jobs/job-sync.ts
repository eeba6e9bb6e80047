import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import type { Caller } from '../http/index.js';
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
    const polled = this.poller.poll(jobs, tooLate.signal);
    await Promise.race([polled, this.clock.sleep(REFRESH_PATIENCE_MS, tooLate.signal)]);
    tooLate.abort();
  }
}
