import { SlidingWindow, StateUnavailable, type WindowAnswer } from '#libs/state';

/** Counts in the shared window, and while that does not answer in one of this process alone. */
export class FallbackWindow extends SlidingWindow {
  private readonly countedHere = new WeakSet<WindowAnswer>();
  private hitsCounted = 0;

  constructor(
    private readonly shared: SlidingWindow,
    private readonly own: SlidingWindow,
  ) {
    super();
  }

  /** Hits that were counted by this process alone since it started. */
  get fallbackHits(): number {
    return this.hitsCounted;
  }

  override async hit(key: string, limit: number, windowMs: number, cost = 1): Promise<WindowAnswer> {
    try {
      return await this.shared.hit(key, limit, windowMs, cost);
    } catch (error) {
      if (!(error instanceof StateUnavailable)) throw error;
      this.hitsCounted += 1;
      const answer = await this.own.hit(key, limit, windowMs, cost);
      this.countedHere.add(answer);
      return answer;
    }
  }

  override async peek(key: string, limit: number, windowMs: number): Promise<WindowAnswer> {
    try {
      return await this.shared.peek(key, limit, windowMs);
    } catch (error) {
      if (!(error instanceof StateUnavailable)) throw error;
      return this.own.peek(key, limit, windowMs);
    }
  }

  /** What the shared window cannot take back at the moment stays counted there until it leaves the window. */
  override async refund(key: string, hit: WindowAnswer): Promise<void> {
    if (this.countedHere.has(hit)) return this.own.refund(key, hit);
    try {
      await this.shared.refund(key, hit);
    } catch (error) {
      if (!(error instanceof StateUnavailable)) throw error;
    }
  }

  override async reset(key: string): Promise<void> {
    await this.own.reset(key);
    await this.shared.reset(key);
  }
}
