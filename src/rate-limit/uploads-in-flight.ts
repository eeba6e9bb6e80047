import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { DomainError } from '../http/index.js';
import { rateLimitLimits } from './rate-limit.limits.js';

/** Bounds the storage requests of one job that this process serves at a time. */
@Injectable()
export class UploadsInFlight {
  private readonly jobs = new Map<string, number>();

  /** Counts a request until its answer has ended. @throws DomainError rate_limit_exceeded when there are too many. */
  enter(jobId: string, response: Response): void {
    // Its client is gone: there will be no end to wait for.
    if (response.destroyed) return;
    const inFlight = this.jobs.get(jobId) ?? 0;
    if (inFlight >= rateLimitLimits.uploadsInFlightMax) {
      throw new DomainError('limited', 'rate_limit_exceeded', 'Too many requests of this job at a time; slow down.', {
        headers: { 'Retry-After': '1' },
      });
    }
    this.jobs.set(jobId, inFlight + 1);
    response.once('close', () => this.leave(jobId));
  }

  private leave(jobId: string): void {
    const inFlight = (this.jobs.get(jobId) ?? 0) - 1;
    if (inFlight > 0) this.jobs.set(jobId, inFlight);
    else this.jobs.delete(jobId);
  }
}
