import type { Clock, Stoppable } from '../clock/index.js';
import { withoutLogContext } from './context.js';
import type { Source } from './source.js';

export interface SamplingLimits {
  /** How many equal warnings are written per window before the rest is only counted. */
  readonly repeatsMax: number;
  readonly windowMs: number;
  /** How many different warnings are remembered; beyond it they are written unsampled. */
  readonly kindsMax: number;
}

interface Window {
  readonly startMs: number;
  seen: number;
  timer: Stoppable | undefined;
  summarise: () => void;
}

const keyCharsMax = 400;

/** Lets the first warnings of a kind through and sums up the rest, so that a storm stays readable. */
export class Sampler {
  private readonly windows = new Map<string, Window>();

  constructor(
    private readonly clock: Clock,
    private readonly limits: SamplingLimits,
  ) {}

  /**
   * Whether this warning should be written now. `summarise` is called once per window, outside of any log context,
   * with the number of warnings that were held back.
   */
  admits(logger: string, message: string, source: Source, summarise: (heldBack: number) => void): boolean {
    const key = `${logger}\n${source.file}:${source.line}\n${message}`.slice(0, keyCharsMax);
    const nowMs = this.clock.monotonicMs();
    const window = this.windows.get(key);
    if (!window || nowMs - window.startMs >= this.limits.windowMs) return this.open(key, nowMs);
    window.seen += 1;
    if (window.seen <= this.limits.repeatsMax) return true;
    window.timer ??= this.startTimer(key, window, nowMs, summarise);
    return false;
  }

  /** Ends every window now, so that no count is lost at shutdown. */
  flush(): void {
    for (const key of [...this.windows.keys()]) this.end(key);
  }

  private open(key: string, nowMs: number): true {
    this.end(key);
    if (this.windows.size >= this.limits.kindsMax) this.dropOver(nowMs);
    if (this.windows.size < this.limits.kindsMax) {
      this.windows.set(key, { startMs: nowMs, seen: 1, timer: undefined, summarise: () => undefined });
    }
    return true;
  }

  private startTimer(key: string, window: Window, nowMs: number, summarise: (heldBack: number) => void): Stoppable {
    window.summarise = () => summarise(window.seen - this.limits.repeatsMax);
    // The timer would otherwise carry the context of the request that happened to start it.
    return withoutLogContext(() =>
      this.clock.after(window.startMs + this.limits.windowMs - nowMs, () => this.end(key)),
    );
  }

  private end(key: string): void {
    const window = this.windows.get(key);
    if (!window) return;
    this.windows.delete(key);
    window.timer?.stop();
    withoutLogContext(window.summarise);
  }

  private dropOver(nowMs: number): void {
    for (const [key, window] of this.windows) {
      if (nowMs - window.startMs >= this.limits.windowMs) this.end(key);
    }
  }
}
