import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** One process and no other: a pid alone is given to somebody else after its process has ended. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in the system's own exact terms; compared, never interpreted. */
  readonly start: string;
}

/** Whether exactly this process is there (one that has ended and only waits to be collected is not). */
export async function isAlive({ pid, start }: ProcessIdentity): Promise<boolean> {
  return (await startOf(pid)) === start;
}

/** Sends `signal` to every process of the group that `leader` leads, if the leader is still that very process. */
export async function signalGroup(leader: ProcessIdentity, signal: NodeJS.Signals): Promise<void> {
  if (!(await isAlive(leader))) return;
  try {
    process.kill(-leader.pid, signal);
  } catch (error) {
    // It ended between the look and the signal.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** The same text as the supervisor's script writes for its own process; undefined when there is no such process. */
async function startOf(pid: number): Promise<string | undefined> {
  return process.platform === 'linux' ? startFromProc(pid) : startFromPs(pid);
}

/** Linux: the boot and field 22 of /proc/<pid>/stat, in clock ticks since that boot (proc_pid_stat(5)). */
async function startFromProc(pid: number): Promise<string | undefined> {
  try {
    const [boot, stat] = await Promise.all([
      readFile('/proc/sys/kernel/random/boot_id', 'latin1'),
      readFile(`/proc/${pid}/stat`, 'latin1'),
    ]);
    // The second field is a name in parentheses, which may hold spaces and parentheses itself.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : `${boot.trim()} ${fields[19]}`;
  } catch {
    return undefined;
  }
}

/** macOS and others: the start time to the second, as `ps` tells it. */
async function startFromPs(pid: number): Promise<string | undefined> {
  try {
    const environment = { PATH: '/bin:/usr/bin', TZ: 'UTC', LC_ALL: 'C' };
    const { stdout } = await run('ps', ['-o', 'lstart=', '-p', String(pid)], { env: environment });
    return stdout.trim().replace(/\s+/g, ' ') || undefined;
  } catch {
    return undefined;
  }
}
