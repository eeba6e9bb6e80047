import { isTerminal, type Job } from './job.js';
import type { CostEntry } from './job-cost.repository.js';

/** What the job has cost, or is expected to while it has not ended. */
export function costEntryOf(job: Job, nowMs: number): CostEntry {
  const { jobId, provider, userId } = job;
  const isOpen = !isTerminal(job.status);
  const costUsd = job.costUsd ?? 0;
  return {
    jobId,
    provider,
    userId,
    hardware: job.hardwareProfile ?? '',
    atMs: isOpen ? job.createdAtMs : (job.completedAtMs ?? nowMs),
    usd: isOpen ? Math.max(job.estimatedCostUsd ?? 0, costUsd) : costUsd,
    isOpen,
  };
}

/** Facts that an entry is made of and that a report can change. */
export const COST_FACTS: readonly (keyof Job)[] = ['costUsd', 'completedAtMs'];
