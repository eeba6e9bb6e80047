import { newId } from '#libs/ids';
import type { Job } from '../../src/jobs/index.js';

export const CREATED_MS = Date.UTC(2026, 10, 23);

/** A job as it is right after its submission, with the given facts instead. */
export function jobOf(facts: Partial<Job> = {}): Job {
  return {
    jobId: newId(), jobType: 'cloud', provider: 'process', providerJobId: null, status: 'queued', configName: null,
    trackerRunName: null, userId: 'local', metadata: {}, createdAtMs: CREATED_MS, queuedAtMs: CREATED_MS, startedAtMs: null,
    isStartTold: false, completedAtMs: null, isCompletionTold: false, costUsd: null, estimatedCostUsd: null,
    hardwareProfile: null, hardwareType: null, errorMessage: null, outputUrl: null, progress: null, progressAtMs: null,
    lastLog: null, lastLogAtMs: null, correlationId: 'test', ...facts,
  }; // prettier-ignore
}
