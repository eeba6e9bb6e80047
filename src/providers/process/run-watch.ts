import type { Clock } from '#libs/clock';
import { Loop, type Worker } from '#libs/worker';
import { isGoingOn, type ProcessRuns } from './process-runs.js';

/** A look costs a few small reads for each run that is under way, and nothing when there is none. */
const LOOK_INTERVAL_MS = 250;

/** Sees runs end by looking at their folders, so that runs which an earlier server has started are seen as well. */
export class RunWatch implements Worker {
  readonly name = 'process-watch';
  private readonly jobIds = new Set<string>();
  private readonly listeners: ((jobId: string) => void)[] = [];
  private readonly loop: Loop;

  constructor(
    private readonly runs: ProcessRuns,
    clock: Clock,
    onError: (error: unknown) => void,
  ) {
    this.loop = new Loop({
      name: this.name,
      intervalMs: LOOK_INTERVAL_MS,
      clock,
      work: (signal) => this.look(signal),
      onError,
    });
  }

  /** Watches a run until it has ended. */
  add(jobId: string): void {
    this.jobIds.add(jobId);
  }

  onEnded(listener: (jobId: string) => void): void {
    this.listeners.push(listener);
  }

  start(): void {
    this.loop.start();
  }

  stop(): Promise<void> {
    return this.loop.stop();
  }

  pulse(): ReturnType<Loop['pulse']> {
    return this.loop.pulse();
  }

  private async look(signal: AbortSignal): Promise<void> {
    for (const jobId of this.jobIds) {
      if (signal.aborted) return;
      const state = await this.runs.stateOf(jobId);
      if (state && isGoingOn(state)) continue;
      this.jobIds.delete(jobId);
      for (const listener of this.listeners) listener(jobId);
    }
  }
}
