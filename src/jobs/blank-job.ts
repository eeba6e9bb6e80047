import type { Job } from './job.js';

/** A queued job of which nothing but its origin is known. */
export function blankJob(
  origin: Pick<Job, 'jobId' | 'provider' | 'userId' | 'correlationId' | 'metadata'>,
  createdAtMs: number,
): Job {
  return {
    ...origin, jobType: 'cloud', providerJobId: null, status: 'queued', configName: null, trackerRunName: null, createdAtMs,
    queuedAtMs: createdAtMs, startedAtMs: null, isStartTold: false, completedAtMs: null, isCompletionTold: false, costUsd: null,
    estimatedCostUsd: null, hardwareProfile: null, hardwareType: null, errorMessage: null, outputUrl: null, progress: null,
    progressAtMs: null, lastLog: null, lastLogAtMs: null,
  }; // prettier-ignore
}
