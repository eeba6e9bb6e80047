import { isTerminal, type Job } from './job.js';
import type { CostEntry } from './job-cost.repository.js';

/**
 * What the job has cost, or is expected to while it has not ended. A job that was ended here still costs while its run at the
 * provider has to be settled (`isSettling`): until then nothing that was expected of it is free.
 */
export function costEntryOf(job: Job, nowMs: number, isSettling = false): CostEntry {
  const { jobId, provider, userId } = job;
  const isOpen = isSettling || !isTerminal(job.status);
  const costUsd = job.costUsd ?? 0;
  return {
    jobId,
    provider,
    userId,
    hardware: job.hardwareProfile ?? '',
    atMs: isOpen ? job.createdAtMs : (job.completedAtMs ?? nowMs),
    usd: isOpen ? Math.max(job.estimatedCostUsd ?? 0, costUsd) : costUsd,
    isOpen,
    isPrecedent: job.status === 'completed' && costUsd > 0,
  };
}

/** Facts that an entry is made of and that a report can change. */
export const COST_FACTS: readonly (keyof Job)[] = ['costUsd', 'completedAtMs'];
