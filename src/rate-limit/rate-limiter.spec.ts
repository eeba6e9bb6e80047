import { describe, expect, it } from 'vitest';
import { ManualClock } from '#libs/clock';
import { openStateBackend } from '#libs/state';
import { StateWatch } from '../state/index.js';
import { LimiterWindows } from './limiter-windows.js';
import { RateLimiters } from './rate-limiter.js';

async function limiters(): Promise<{ clock: ManualClock; limiters: RateLimiters }> {
  const clock = new ManualClock();
  const backend = await openStateBackend({ kind: 'memory', url: '', poolSize: 1, timeoutMs: 1, keyPrefix: '', clock });
  const windows = await LimiterWindows.open(backend.window, backend.store, new StateWatch(backend, clock), clock);
  return { clock, limiters: new RateLimiters(windows) };
}

describe('a rate limiter', () => {
  it('lets so many requests through in any window, and frees each as it leaves', async () => {
    const { clock, limiters: make } = await limiters();
    const limiter = make.getRateLimiter({ maxRequests: 2, windowSeconds: 60, keyPrefix: 'api' });
    expect(await limiter.check('user:123')).toBe(true);
    clock.advance(30_000);
    expect(await limiter.check('user:123')).toBe(true);
    expect(await limiter.check('user:123')).toBe(false);
    expect(await limiter.check('user:124')).toBe(true);
    expect(await limiter.getUsage('user:123')).toEqual({ count: 2, limit: 2, remaining: 0, reset_in_seconds: 30 });
    clock.advance(30_000);
    expect(await limiter.getUsage('user:123')).toEqual({ count: 1, limit: 2, remaining: 1, reset_in_seconds: 30 });
    expect(await limiter.check('user:123')).toBe(true);
    expect(await limiter.getUsage('nobody')).toEqual({ count: 0, limit: 2, remaining: 2, reset_in_seconds: 0 });
  });

  it('tracks work: counts it, tells it whether it was allowed, and leaves the rest to it', async () => {
    const { limiters: make } = await limiters();
    const limiter = make.getRateLimiter({ maxRequests: 1, windowSeconds: 60 });
    expect(await limiter.track('k', (allowed) => (allowed ? 200 : 429))).toBe(200);
    expect(await limiter.track('k', async (allowed) => (allowed ? 200 : 429))).toBe(429);
    await expect(limiter.track('l', () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    expect((await limiter.getUsage('l')).count).toBe(1);
  });

  it('shares its counts with limiters of the same prefix only', async () => {
    const { limiters: make } = await limiters();
    const options = { maxRequests: 1, windowSeconds: 60 };
    expect(await make.getRateLimiter({ ...options, keyPrefix: 'a' }).check('k')).toBe(true);
    expect(await make.getRateLimiter({ ...options, keyPrefix: 'a' }).check('k')).toBe(false);
    expect(await make.getRateLimiter({ ...options, keyPrefix: 'b' }).check('k')).toBe(true);
  });

  it('is ready-made for webhooks and for storage', async () => {
    const { limiters: make } = await limiters();
    const both = await Promise.all([make.webhookRateLimiter.getUsage('k'), make.s3RateLimiter.getUsage('k')]);
    expect(both.map(({ limit }) => limit)).toEqual([100, 50]);
  });
});
