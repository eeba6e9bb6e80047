import cluster, { type Worker } from 'node:cluster';
import { SystemClock } from '#libs/clock';
import { getLogger } from '#libs/log';

/** A process that keeps failing is started again after a pause that doubles, between these two. */
const RESTART_PAUSE_MS_MIN = 1_000;
const RESTART_PAUSE_MS_MAX = 30_000;
/** One that has served for so long begins again with the short pause. */
const STEADY_MS = 60_000;
const READY = 'ready';

const log = getLogger('workers');

/** Tells the supervisor, when there is one, that this process serves. */
export function announceReady(): void {
  process.send?.(READY);
}

/**
 * Runs `count` copies of this program that share its listening addresses, and replaces one that ends unasked
 * (`SIMPLETUNER_WORKERS`). Signals reach every copy; this process ends when the last of them has, with the worst exit code.
 * When a copy fails before any has served, all end: the fault is in the settings, and starting again does not mend it.
 */
export class WorkerSupervisor {
  private readonly clock = new SystemClock();
  private readonly startedAtMs = new Map<number, number>();
  private pauseMs = RESTART_PAUSE_MS_MIN;
  private hasServed = false;
  private isStopping = false;
  private exitCode = 0;

  constructor(private readonly count: number) {}

  start(): void {
    // A terminal sends SIGINT to all of its processes; the copies leave it to this one, or it would count twice.
    process.on('SIGTERM', () => this.stop());
    process.on('SIGINT', () => this.stop());
    process.on('SIGHUP', () => this.signalAll('SIGHUP'));
    cluster.on('message', (_worker, message) => {
      if (message === READY) this.hasServed = true;
    });
    cluster.on('exit', (worker, code, signal) => this.onExit(worker, code, signal));
    // Each copy accepts by itself. Node's own turns would hand connections to a copy that has just died, where they hang.
    cluster.schedulingPolicy = cluster.SCHED_NONE;
    for (let index = 0; index < this.count; index += 1) this.fork();
  }

  private fork(): void {
    this.startedAtMs.set(cluster.fork().id, this.clock.monotonicMs());
  }

  private stop(): void {
    this.isStopping = true;
    this.signalAll('SIGTERM');
  }

  private signalAll(signal: NodeJS.Signals): void {
    for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill(signal);
  }

  private onExit(worker: Worker, code: number | null, signal: string | null): void {
    this.exitCode = Math.max(this.exitCode, code ?? 1);
    if (!this.isStopping && !this.hasServed) this.stop();
    if (this.isStopping) {
      if (Object.keys(cluster.workers ?? {}).length === 0) process.exit(this.exitCode);
      return;
    }
    this.exitCode = 0;
    this.replace(worker, code, signal);
  }

  private replace(worker: Worker, code: number | null, signal: string | null): void {
    const ranMs = this.clock.monotonicMs() - (this.startedAtMs.get(worker.id) ?? 0);
    this.startedAtMs.delete(worker.id);
    if (ranMs >= STEADY_MS) this.pauseMs = RESTART_PAUSE_MS_MIN;
    log.error('A server process has ended and is replaced', { pid: worker.process.pid, code, signal });
    this.clock.after(this.pauseMs, () => {
      if (!this.isStopping) this.fork();
    });
    this.pauseMs = Math.min(this.pauseMs * 2, RESTART_PAUSE_MS_MAX);
  }
}
