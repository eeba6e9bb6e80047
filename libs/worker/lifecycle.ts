import { getLogger } from '#libs/log';

const log = getLogger('worker');

/** Something that works in the background between the start and the stop of the server. */
export interface Worker {
  readonly name: string;
  /** Begins the work; what it resolves to is that the worker works, not that the work is done. */
  start(): Promise<void> | void;
  /** Resolves once nothing of this worker is running any more. */
  stop(): Promise<void>;
  /** Monotonic time of its last sign of life and how old that may grow, in milliseconds; absent for workers without a pulse. */
  pulse?(): { readonly lastBeatMs: number; readonly allowedSilenceMs: number };
  /** Works on during a pause: for workers that do not touch the records, or whose stop is final. */
  readonly worksThroughPauses?: boolean;
  /** Starts before and stops after all others, whenever it was added. */
  readonly isOutermost?: boolean;
}

/** Starts workers in the order in which they were added and stops them in the reverse order. */
export class Lifecycle {
  private readonly workers: Worker[] = [];
  private readonly running: Worker[] = [];
  private readonly drainListeners: (() => void)[] = [];
  private state: 'starting' | 'running' | 'paused' | 'draining' = 'starting';
  private pauseReason: string | undefined;

  /** To be called before `start`, usually by the constructor of whoever owns the worker. */
  add(worker: Worker): void {
    if (worker.isOutermost) this.workers.unshift(worker);
    else this.workers.push(worker);
  }

  /** True from the first shutdown signal on: new work should go elsewhere. */
  get isDraining(): boolean {
    return this.state === 'draining';
  }

  /** True until every worker has begun, unless a shutdown signal comes before. */
  get isStarting(): boolean {
    return this.state === 'starting';
  }

  /** True between the end of the start and the first shutdown signal. */
  get isRunning(): boolean {
    return this.state === 'running';
  }

  /** Why the workers stand still at the moment; undefined while they do not. */
  get pausedBecause(): string | undefined {
    return this.pauseReason;
  }

  /** The first shutdown signal has come; the listeners of `onDraining` are told once. */
  beginDraining(): void {
    this.state = 'draining';
    for (const listener of this.drainListeners.splice(0)) listener();
  }

  /** Calls `listener` when draining begins, so that long-lived answers can be ended and their readers go elsewhere. */
  onDraining(listener: () => void): void {
    this.drainListeners.push(listener);
  }

  /** Rejects with the failure of the first worker that cannot start; those before it run on and are stopped by `stop`. */
  async start(): Promise<void> {
    for (const worker of this.workers) {
      await worker.start();
      this.running.push(worker);
    }
    if (this.state === 'starting') this.state = 'running';
  }

  /**
   * Runs `work` while no worker touches the records: they are stopped before it and started again after it, whatever becomes of
   * it, unless the server is stopping by then. What became of `work` is told, whatever becomes of the workers after it.
   * @throws Error when the server is not running, or paused already.
   */
  async pause<T>(reason: string, work: () => Promise<T>): Promise<T> {
    if (this.state !== 'running') throw new Error('Only a running server can be paused');
    this.state = 'paused';
    this.pauseReason = reason;
    const stopped: Worker[] = [];
    try {
      for (const worker of this.running.toReversed()) {
        if (worker.worksThroughPauses) continue;
        // One that failed to stop is not known to run: it is started with the others.
        stopped.unshift(worker);
        await worker.stop();
      }
      return await work();
    } finally {
      await this.resume(stopped);
    }
  }

  /** Starts every one of them, also when another one cannot, which is told by the log and by its missing pulse. */
  private async resume(stopped: readonly Worker[]): Promise<void> {
    for (const worker of stopped) {
      // Beyond the first shutdown signal `stop` comes, or has come: nobody would stop what is started now.
      if (this.state !== 'paused') break;
      try {
        await worker.start();
      } catch (error) {
        log.error('A worker did not start again after a pause: restart the server', { worker: worker.name, error });
      }
    }
    this.pauseReason = undefined;
    if (this.state === 'paused') this.state = 'running';
  }

  /** Stops every running worker, also when one of them fails to; the first failure is thrown at the end. */
  async stop(): Promise<void> {
    const failures: unknown[] = [];
    for (let worker = this.running.pop(); worker; worker = this.running.pop()) {
      try {
        await worker.stop();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Names of running workers that have shown no sign of life for longer than they allow. */
  silentWorkers(monotonicMs: number): string[] {
    return this.running
      .filter((worker) => {
        const pulse = worker.pulse?.();
        return pulse !== undefined && monotonicMs - pulse.lastBeatMs > pulse.allowedSilenceMs;
      })
      .map((worker) => worker.name);
  }
}
