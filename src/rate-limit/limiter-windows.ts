import { Clock, SharedAnswers } from '#libs/clock';
import { newId } from '#libs/ids';
import { DenyCache, NearLimit, openStateBackend, SlidingWindow, StateStore } from '#libs/state';
import type { KeyUsage, WindowAnswer } from '#libs/state';
import { StateWatch } from '../state/index.js';
import { FallbackWindow } from './fallback-window.js';
import { rateLimitLimits } from './rate-limit.limits.js';
import { WatchedWindow } from './watched-window.js';

/**
 * The windows that requests are counted in. A key over its limit is refused from this process's memory until its window moves;
 * else the shared store counts, no longer than a request may wait.
 */
export class LimiterWindows {
  /** Fails with `StateUnavailable` while the store does not answer. */
  readonly strict: SlidingWindow;
  /** Counts by this process alone while the store does not answer. */
  readonly lenient: FallbackWindow;
  private readonly peeks: SharedAnswers<WindowAnswer>;

  private constructor(
    private readonly near: NearLimit,
    private readonly own: SlidingWindow,
    private readonly watch: StateWatch,
    private readonly clock: Clock,
  ) {
    this.strict = new DenyCache(new WatchedWindow(near, watch), clock);
    this.lenient = new FallbackWindow(this.strict, own);
    this.peeks = new SharedAnswers(clock, {
      keptMs: rateLimitLimits.peekKeptMs,
      questionsMax: rateLimitLimits.peeksMax,
    });
  }

  /** Puts them together over the shared window and store, and a window in memory for when these do not answer. */
  static async open(
    window: SlidingWindow,
    store: StateStore,
    watch: StateWatch,
    clock: Clock,
  ): Promise<LimiterWindows> {
    const memory = { kind: 'memory', url: '', poolSize: 1, timeoutMs: 1, keyPrefix: '', clock } as const;
    const own = (await openStateBackend(memory)).window;
    return new LimiterWindows(new NearLimit(window, store, clock, newId()), own, watch, clock);
  }

  /**
   * What the store says of a key, or this process alone when the store is slow: for requests that nobody holds up. Such requests
   * come in storms, so the answer may be a second old.
   */
  async peekQuickly(key: string, limit: number, windowMs: number): Promise<WindowAnswer> {
    const shared = this.peeks.ask(key, () => this.peekInTime(key, limit, windowMs));
    return shared ?? this.own.peek(key, limit, windowMs);
  }

  private peekInTime(key: string, limit: number, windowMs: number): Promise<WindowAnswer> {
    return new Promise((resolve, reject) => {
      const late = this.clock.after(rateLimitLimits.peekTimeoutMs, () => {
        this.own.peek(key, limit, windowMs).then(resolve, reject);
      });
      this.lenient
        .peek(key, limit, windowMs)
        .then(resolve, reject)
        .finally(() => late.stop());
    });
  }

  /** The keys under `prefix` nearest their limit in all processes. Fails with `StateUnavailable`. */
  nearest(prefix: string, count: number): Promise<KeyUsage[]> {
    return this.watch.run(() => this.near.top(prefix, count));
  }
}
