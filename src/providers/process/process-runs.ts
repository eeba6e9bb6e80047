import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Clock } from '#libs/clock';
import { killRemains } from './run-remains.js';
import { isAlive, signalGroup } from './process-identity.js';
import type { Exit, Started } from './work-folder.js';
import { WorkFolder } from './work-folder.js';

/** Our job ids are UUIDs; whatever else is asked for has no folder. */
const JOB_ID = /^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/;
/** How long a run may take to end in good order (save, upload, report) before it is killed. */
export const TERMINATION_GRACE_MS = 10_000;
/** How long the end of the log is waited for: a helper that the trainer left behind may hold it open for ever. */
const DRAIN_GRACE_MS = 5_000;

export interface RunState {
  readonly folder: WorkFolder;
  readonly started: Started;
  readonly isAlive: boolean;
  /** Undefined while the run goes on, and for one that has gone without an exit code. */
  readonly exit: Exit | undefined;
  readonly cancelledAtMs: number | undefined;
}

/** Whether the run is under way: the same that a report calls `running`. */
export function isGoingOn({ isAlive: alive, exit }: Pick<RunState, 'isAlive' | 'exit'>): boolean {
  return alive && exit === undefined;
}

/** The runs of this machine, known by their work folders alone: a server that starts finds what another one began. */
export class ProcessRuns {
  constructor(
    private readonly root: string,
    private readonly clock: Clock,
  ) {}

  folderOf(jobId: string): WorkFolder | undefined {
    return JOB_ID.test(jobId) ? new WorkFolder(join(this.root, jobId)) : undefined;
  }

  /** Ids of the jobs that have a folder, newest first (they are in the order of time). */
  async jobIds(): Promise<string[]> {
    const names = await readdir(this.root).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    });
    return names
      .filter((name) => JOB_ID.test(name))
      .sort()
      .reverse();
  }

  /** Where the run stands; undefined when none was started for this job. */
  async stateOf(jobId: string): Promise<RunState | undefined> {
    const folder = this.folderOf(jobId);
    const started = await folder?.started();
    if (!folder || !started) return undefined;
    // In this order: a supervisor that is gone now has written the exit code before.
    const alive = await isAlive(started);
    const exit = await folder.exit();
    const isSettled = !alive || exit?.isDrained || this.isOver(exit?.atMs, DRAIN_GRACE_MS);
    const cancelledAtMs = await folder.cancelledAtMs();
    return { folder, started, isAlive: alive, exit: isSettled ? exit : undefined, cancelledAtMs };
  }

  /** Asks the whole group to end, and kills what is left of it when the grace is over. */
  async terminate({ folder, started }: RunState): Promise<void> {
    await folder.markCancelled();
    await signalGroup(started, 'SIGTERM');
    this.clock.after(TERMINATION_GRACE_MS, () => void this.killAll(folder, started).catch(() => undefined));
  }

  /**
   * Kills what should have ended by now: a cancelled run whose grace is over (the server may have been down meanwhile),
   * helpers that a trainer left behind, and a trainer whose supervisor was killed. True when the run is still alive.
   */
  async killOverdue({ folder, started, isAlive: alive, exit, cancelledAtMs }: RunState): Promise<boolean> {
    if (!alive) {
      if (!exit) await this.bury(folder);
      return false;
    }
    const endedAtMs = (await folder.exit())?.atMs;
    if (!this.isOver(cancelledAtMs, TERMINATION_GRACE_MS) && !this.isOver(endedAtMs, TERMINATION_GRACE_MS)) return true;
    await this.killAll(folder, started);
    return false;
  }

  /** The group, and what has left it for a session of its own. */
  private async killAll(folder: WorkFolder, started: Started): Promise<void> {
    await signalGroup(started, 'SIGKILL');
    await killRemains(folder.configFile);
  }

  /** A supervisor that is gone without an exit code may have left its trainer behind: once is enough. */
  private async bury(folder: WorkFolder): Promise<void> {
    if (await folder.isDrained()) return;
    await killRemains(folder.configFile);
    await folder.markDrained();
  }

  private isOver(sinceMs: number | undefined, durationMs: number): boolean {
    return sinceMs !== undefined && this.clock.now() - sinceMs >= durationMs;
  }
}
