import type { ThrottlerStorage } from '@nestjs/throttler';
import type { SlidingWindow } from '#libs/state';

type ThrottlerRecord = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/**
 * Lets `@Throttle()` of @nestjs/throttler count in the shared sliding window, so that its limits hold across processes.
 * A key over its limit is blocked until the window moves; a `blockDuration` longer than `ttl` is kept, too. A refused request
 * does not prolong the block.
 */
export class SlidingWindowThrottlerStorage implements ThrottlerStorage {
  constructor(private readonly window: SlidingWindow) {}

  /** `ttl` and `blockDuration` in milliseconds; the record's times in seconds, rounded up. */
  async increment(
    key: string,
    ttl: number,
    limit: number,
    blockDuration: number,
    throttlerName: string,
  ): Promise<ThrottlerRecord> {
    const name = `throttler:${throttlerName}:${key}`;
    if (limit < 1) return refused(0, ttl, blockDuration);
    // A block is a window of its own in which one hit fits.
    const blockName = blockDuration > ttl ? `${name}:block` : undefined;
    if (blockName !== undefined) {
      const block = await this.window.peek(blockName, 1, blockDuration);
      if (!block.allowed) return refused(limit, ttl, block.retryAfterMs);
    }
    const { allowed, count, resetAtMs, nowMs, retryAfterMs } = await this.window.hit(name, limit, ttl);
    if (!allowed) {
      const block = blockName === undefined ? undefined : await this.window.hit(blockName, 1, blockDuration);
      return refused(count, resetAtMs - nowMs, block ? blockDuration : retryAfterMs);
    }
    return { totalHits: count, timeToExpire: seconds(resetAtMs - nowMs), isBlocked: false, timeToBlockExpire: 0 };
  }
}

function refused(counted: number, expiresInMs: number, blockedForMs: number): ThrottlerRecord {
  return {
    totalHits: counted + 1,
    timeToExpire: seconds(expiresInMs),
    isBlocked: true,
    timeToBlockExpire: seconds(blockedForMs),
  };
}

function seconds(durationMs: number): number {
  return Math.ceil(durationMs / 1_000);
}
