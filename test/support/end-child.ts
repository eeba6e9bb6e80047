import type { ChildProcess } from 'node:child_process';

/** Sends a signal and resolves with the exit code once the process is gone, so that nothing writes to its folder any more. */
export function endChild(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => {
    child.once('exit', (code) => resolve(code));
    child.kill(signal);
  });
}
