import { Clock, type Stoppable } from './clock.js';

interface Timer {
  dueMs: number;
  readonly intervalMs: number | undefined;
  readonly work: () => void;
}

/** A clock that stands still until `advance` is called; timers fire in order of their due time. */
export class ManualClock extends Clock {
  private readonly timers = new Set<Timer>();

  constructor(private currentMs = Date.UTC(2026, 0, 1)) {
    super();
  }

  override now(): number {
    return this.currentMs;
  }

  override monotonicMs(): number {
    return this.currentMs;
  }

  override sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.after(durationMs, resolve);
      signal?.addEventListener(
        'abort',
        () => {
          timer.stop();
          resolve();
        },
        { once: true },
      );
    });
  }

  override after(durationMs: number, work: () => void): Stoppable {
    return this.add({ dueMs: this.currentMs + durationMs, intervalMs: undefined, work });
  }

  override every(intervalMs: number, work: () => void): Stoppable {
    return this.add({ dueMs: this.currentMs + intervalMs, intervalMs, work });
  }

  /** Moves time forward by `durationMs`, firing every timer that falls due on the way. */
  advance(durationMs: number): void {
    const endMs = this.currentMs + durationMs;
    for (let next = this.nextDue(endMs); next; next = this.nextDue(endMs)) {
      this.currentMs = Math.max(this.currentMs, next.dueMs);
      if (next.intervalMs === undefined) this.timers.delete(next);
      else next.dueMs += next.intervalMs;
      next.work();
    }
    this.currentMs = endMs;
  }

  private add(timer: Timer): Stoppable {
    this.timers.add(timer);
    return { stop: () => this.timers.delete(timer) };
  }

  private nextDue(endMs: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.timers) {
      if (timer.dueMs <= endMs && (!next || timer.dueMs < next.dueMs)) next = timer;
    }
    return next;
  }
}
