import type { Clock } from '../clock/index.js';
import type { Worker } from './lifecycle.js';

export interface LoopOptions {
  readonly name: string;
  /** Longest pause between two rounds; `wake` shortens it. */
  readonly intervalMs: number;
  /** How long one round may take before the worker counts as stuck. */
  readonly roundTimeoutMs?: number;
  readonly clock: Clock;
  /** One round. Returns true when more work is waiting, so that the next round begins at once. */
  readonly work: (signal: AbortSignal) => Promise<boolean | void>;
  /** Told of a round that failed, unless the loop is being stopped; the next round comes after `intervalMs`. */
  readonly onError: (error: unknown) => void;
}

const ROUND_TIMEOUT_MS = 120_000;

/** Repeats a piece of work for as long as it runs: every `intervalMs`, and at once when woken. Rounds never overlap. */
export class Loop implements Worker {
  readonly name: string;
  private running: Promise<void> | undefined;
  private stopping = new AbortController();
  private pause = new AbortController();
  private lastBeatMs = 0;

  constructor(private readonly options: LoopOptions) {
    this.name = options.name;
  }

  start(): void {
    this.stopping = new AbortController();
    this.beat();
    this.running = this.run(this.stopping.signal);
  }

  /** Aborts the signal of the round under way and waits for that round's end. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.pause.abort();
    await this.running;
    this.running = undefined;
  }

  /** Begins the next round now; when a round is under way, another follows it. */
  wake(): void {
    // Making the reason of an abort takes its time, also when there is nothing left to abort.
    if (!this.pause.signal.aborted) this.pause.abort();
  }

  pulse(): { lastBeatMs: number; allowedSilenceMs: number } {
    const { intervalMs, roundTimeoutMs = ROUND_TIMEOUT_MS } = this.options;
    return { lastBeatMs: this.lastBeatMs, allowedSilenceMs: intervalMs + roundTimeoutMs };
  }

  private async run(stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      // Made before the round, so that a wake during the round ends the pause after it.
      this.pause = new AbortController();
      this.beat();
      const hasMore = await this.round(stopped);
      if (!hasMore) await this.options.clock.sleep(this.options.intervalMs, this.pause.signal);
    }
  }

  private async round(stopped: AbortSignal): Promise<boolean> {
    try {
      return (await this.options.work(stopped)) === true;
    } catch (error) {
      if (!stopped.aborted) this.options.onError(error);
      return false;
    }
  }

  private beat(): void {
    this.lastBeatMs = this.options.clock.monotonicMs();
  }
}
