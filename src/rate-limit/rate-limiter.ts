import { Injectable } from '@nestjs/common';
import type { SlidingWindow } from '#libs/state';
import { LimiterWindows } from './limiter-windows.js';

export interface RateLimiterOptions {
  /** Requests that fit into the window. */
  readonly maxRequests: number;
  readonly windowSeconds: number;
  /** Keeps the keys of one limiter apart from those of others; limiters with the same prefix share their counts. */
  readonly keyPrefix?: string;
}

export interface RateLimitUsage {
  readonly count: number;
  readonly limit: number;
  readonly remaining: number;
  /** Seconds, rounded up, until the oldest counted request leaves the window; 0 when none is counted. */
  readonly reset_in_seconds: number;
}

/**
 * A limit over keys of the program's own choice, shared by all processes of the installation: an exact sliding window, on the
 * clock of the state backend. While that does not answer, every process counts for itself.
 */
export class RateLimiterService {
  constructor(
    private readonly window: SlidingWindow,
    private readonly options: Required<RateLimiterOptions>,
  ) {}

  /** Counts a request, unless it would be one too many; false then. */
  async check(key: string): Promise<boolean> {
    const { maxRequests, windowSeconds } = this.options;
    return (await this.window.hit(this.keyOf(key), maxRequests, windowSeconds * 1_000)).allowed;
  }

  /** Counts a request and does `work`, which is told whether it was allowed and decides what to do about it. */
  async track<Result>(key: string, work: (allowed: boolean) => Promise<Result> | Result): Promise<Result> {
    return work(await this.check(key));
  }

  /** Where the key stands; counts nothing. */
  async getUsage(key: string): Promise<RateLimitUsage> {
    const { maxRequests, windowSeconds } = this.options;
    const answer = await this.window.peek(this.keyOf(key), maxRequests, windowSeconds * 1_000);
    const { count, limit, remaining, resetAtMs, nowMs } = answer;
    return { count, limit, remaining, reset_in_seconds: Math.ceil((resetAtMs - nowMs) / 1_000) };
  }

  private keyOf(key: string): string {
    return `limiter:${this.options.keyPrefix}:${key}`;
  }
}

/** Makes rate limiters; two are ready-made (the guide's `webhook_rate_limiter` and `s3_rate_limiter`). */
@Injectable()
export class RateLimiters {
  readonly webhookRateLimiter: RateLimiterService;
  readonly s3RateLimiter: RateLimiterService;

  constructor(private readonly windows: LimiterWindows) {
    this.webhookRateLimiter = this.getRateLimiter({ maxRequests: 100, windowSeconds: 60, keyPrefix: 'webhooks' });
    this.s3RateLimiter = this.getRateLimiter({ maxRequests: 50, windowSeconds: 60, keyPrefix: 's3' });
  }

  getRateLimiter(options: RateLimiterOptions): RateLimiterService {
    return new RateLimiterService(this.windows.lenient, { keyPrefix: '', ...options });
  }
}
