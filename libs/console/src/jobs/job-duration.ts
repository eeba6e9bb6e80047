import type { Job } from '../api/types';

/** How long the job has run, in seconds; null before it began. */
export function durationOf(job: Job, nowMs: number): number | null {
  if (job.started_at === null || job.is_terminal) return job.duration_seconds;
  return Math.max(0, (nowMs - Date.parse(job.started_at)) / 1_000);
}
