/** Something that was started and can be stopped; stopping twice is harmless. */
export interface Stoppable {
  stop(): void;
}

/** The only source of time in the product, so that tests move time instead of waiting for it. */
export abstract class Clock {
  /** Wall-clock time in milliseconds since the Unix epoch. */
  abstract now(): number;
  /** A time that never goes backwards, in milliseconds; only differences mean anything. */
  abstract monotonicMs(): number;
  /** Resolves after `durationMs`, or at once when `signal` aborts. Never rejects. */
  abstract sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
  /** Calls `work` once after `durationMs` unless stopped. Does not keep the process alive. */
  abstract after(durationMs: number, work: () => void): Stoppable;
  /** Calls `work` every `intervalMs` until stopped. Does not keep the process alive. */
  abstract every(intervalMs: number, work: () => void): Stoppable;
}

/** The time of this machine. */
export class SystemClock extends Clock {
  override now(): number {
    return Date.now();
  }

  override monotonicMs(): number {
    return performance.now();
  }

  override sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, durationMs);
      signal?.addEventListener('abort', done, { once: true });
    });
  }

  override after(durationMs: number, work: () => void): Stoppable {
    const timer = setTimeout(work, durationMs).unref();
    return { stop: () => clearTimeout(timer) };
  }

  override every(intervalMs: number, work: () => void): Stoppable {
    const timer = setInterval(work, intervalMs).unref();
    return { stop: () => clearInterval(timer) };
  }
}
