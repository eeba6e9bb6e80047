import { describe, expect, it } from 'vitest';
import { ManualClock } from '#libs/clock';
import { openStateBackend, SlidingWindow, StateUnavailable, type WindowAnswer } from '#libs/state';
import { FallbackWindow } from './fallback-window.js';

/** A window whose store can be taken away. */
class LosableWindow extends SlidingWindow {
  isLost = false;

  constructor(private readonly window: SlidingWindow) {
    super();
  }

  override hit(key: string, limit: number, windowMs: number, cost?: number): Promise<WindowAnswer> {
    return this.ask(() => this.window.hit(key, limit, windowMs, cost));
  }
  override peek(key: string, limit: number, windowMs: number): Promise<WindowAnswer> {
    return this.ask(() => this.window.peek(key, limit, windowMs));
  }
  override refund(key: string, hit: WindowAnswer): Promise<void> {
    return this.ask(() => this.window.refund(key, hit));
  }
  override reset(key: string): Promise<void> {
    return this.ask(() => this.window.reset(key));
  }

  private ask<Result>(call: () => Promise<Result>): Promise<Result> {
    return this.isLost ? Promise.reject(new StateUnavailable('lost')) : call();
  }
}

async function windows(): Promise<{ shared: LosableWindow; fallback: FallbackWindow }> {
  const clock = new ManualClock();
  const memory = async (): Promise<SlidingWindow> =>
    (await openStateBackend({ kind: 'memory', url: '', poolSize: 1, timeoutMs: 1, keyPrefix: '', clock })).window;
  const shared = new LosableWindow(await memory());
  return { shared, fallback: new FallbackWindow(shared, await memory()) };
}

describe('FallbackWindow', () => {
  it('counts in the shared window, and by itself while that is lost', async () => {
    const { shared, fallback } = await windows();
    await fallback.hit('k', 2, 1_000);
    expect(fallback.fallbackHits).toBe(0);
    shared.isLost = true;
    expect((await fallback.hit('k', 2, 1_000)).count).toBe(1);
    expect((await fallback.peek('k', 2, 1_000)).count).toBe(1);
    await fallback.hit('k', 2, 1_000);
    expect((await fallback.hit('k', 2, 1_000)).allowed).toBe(false);
    expect(fallback.fallbackHits).toBe(3);
    shared.isLost = false;
    expect((await fallback.peek('k', 2, 1_000)).count).toBe(1);
  });

  it('takes back a hit where it was counted', async () => {
    const { shared, fallback } = await windows();
    const sharedHit = await fallback.hit('k', 9, 1_000);
    shared.isLost = true;
    const ownHit = await fallback.hit('k', 9, 1_000);
    await fallback.refund('k', sharedHit);
    expect((await fallback.peek('k', 9, 1_000)).count).toBe(1);
    shared.isLost = false;
    await fallback.refund('k', ownHit);
    expect((await shared.peek('k', 9, 1_000)).count).toBe(1);
    await fallback.refund('k', sharedHit);
    expect((await shared.peek('k', 9, 1_000)).count).toBe(0);
    shared.isLost = true;
    expect((await fallback.peek('k', 9, 1_000)).count).toBe(0);
  });

  it('lets through what is no outage', async () => {
    const { fallback } = await windows();
    await expect(fallback.hit('k', 0, 1_000)).rejects.toBeInstanceOf(RangeError);
  });
});
