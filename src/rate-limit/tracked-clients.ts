import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { rateLimitLimits } from './rate-limit.limits.js';

/** How many callers this process has counted requests of lately: by address, as the limits tell them apart. */
@Injectable()
export class TrackedClients {
  /** In the order in which they were last seen. */
  private readonly lastSeenMs = new Map<string, number>();

  constructor(private readonly clock: Clock) {}

  note(bucket: string): void {
    this.lastSeenMs.delete(bucket);
    this.lastSeenMs.set(bucket, this.clock.monotonicMs());
    if (this.lastSeenMs.size > rateLimitLimits.trackedClientsMax)
      this.lastSeenMs.delete(this.lastSeenMs.keys().next().value ?? '');
  }

  get count(): number {
    const sinceMs = this.clock.monotonicMs() - rateLimitLimits.trackedClientMs;
    for (const [bucket, seenMs] of this.lastSeenMs) {
      if (seenMs >= sinceMs) break;
      this.lastSeenMs.delete(bucket);
    }
    return this.lastSeenMs.size;
  }
}
