import type { Job } from './job.js';

/** What other parts of the server may ask of jobs. */
export abstract class JobService {
  /** Undefined when there is no such job. */
  abstract find(jobId: string): Promise<Job | undefined>;
}
