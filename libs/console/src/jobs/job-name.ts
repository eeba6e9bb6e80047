import type { Job } from '../api/types';

/** UUIDv7 begin with the time; their ends tell jobs of one minute apart. */
export function shortId(jobId: string): string {
  return jobId.slice(-8);
}

/** What people call the job. */
export function jobName(job: Job): string {
  return job.tracker_run_name ?? job.config_name ?? shortId(job.job_id);
}
