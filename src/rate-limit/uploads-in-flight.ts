import { Injectable } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { Clock } from '#libs/clock';
import { DomainError } from '../http/index.js';
import { rateLimitLimits } from './rate-limit.limits.js';

interface JobInFlight {
  served: number;
  /** Called with true when a place has become free for them. */
  readonly waiting: Set<(isFree: boolean) => void>;
}

/**
 * Bounds the storage requests of one job that this process serves at a time. A burst waits a moment for its turn, its bodies
 * unread, so that a client which starts a few too many at once does not have to begin again.
 */
@Injectable()
export class UploadsInFlight {
  private readonly jobs = new Map<string, JobInFlight>();

  constructor(private readonly clock: Clock) {}

  /** Counts a request until its answer has ended. @throws DomainError rate_limit_exceeded when there is no place for it. */
  async enter(jobId: string, response: ServerResponse): Promise<void> {
    const job = this.jobs.get(jobId) ?? { served: 0, waiting: new Set() };
    this.jobs.set(jobId, job);
    const { uploadsInFlightMax, uploadsWaitingMax } = rateLimitLimits;
    if (job.served < uploadsInFlightMax) job.served += 1;
    else if (job.waiting.size >= uploadsWaitingMax || !(await this.turnOf(job))) throw tooMany();
    // Its client is gone: there will be no end to wait for.
    if (response.destroyed) this.leave(jobId, job);
    else response.once('close', () => this.leave(jobId, job));
  }

  /** True when a place was handed over; false when none was in time. */
  private turnOf(job: JobInFlight): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (isFree: boolean): void => {
        late.stop();
        job.waiting.delete(settle);
        resolve(isFree);
      };
      const late = this.clock.after(rateLimitLimits.uploadWaitMs, () => settle(false));
      job.waiting.add(settle);
    });
  }

  private leave(jobId: string, job: JobInFlight): void {
    const [next] = job.waiting;
    if (next) return next(true);
    job.served -= 1;
    if (job.served === 0) this.jobs.delete(jobId);
  }
}

function tooMany(): DomainError {
  return new DomainError('limited', 'rate_limit_exceeded', 'Too many requests of this job at a time; slow down.', {
    headers: { 'Retry-After': '1' },
  });
}
