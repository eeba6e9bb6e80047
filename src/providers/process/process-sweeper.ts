import { Loop, type Worker } from '#libs/worker';
import type { Clock } from '#libs/clock';
import type { ProcessRuns } from './process-runs.js';

const SWEEP_INTERVAL_MS = 60_000;
/** How long the work folder of an ended run is kept for people to look into. */
const RETENTION_MS = 30 * 86_400_000;

/** Kills runs that should have ended while nobody was watching, and removes work folders that nobody needs any more. */
export function processSweeper(runs: ProcessRuns, clock: Clock, onError: (error: unknown) => void): Worker {
  return new Loop({
    name: 'process-sweeper',
    intervalMs: SWEEP_INTERVAL_MS,
    clock,
    work: async (signal) => {
      for (const jobId of await runs.jobIds()) {
        if (signal.aborted) return;
        await sweep(runs, jobId, clock.now()).catch(onError);
      }
    },
    onError,
  });
}

async function sweep(runs: ProcessRuns, jobId: string, nowMs: number): Promise<void> {
  const state = await runs.stateOf(jobId);
  if (state && (await runs.killOverdue(state))) return;
  const folder = runs.folderOf(jobId);
  if (!folder) return;
  const unusedSinceMs = state?.exit?.atMs ?? (await folder.changedAtMs()) ?? nowMs;
  if ((await folder.isForgotten()) || nowMs - unusedSinceMs > RETENTION_MS) await folder.remove();
}
