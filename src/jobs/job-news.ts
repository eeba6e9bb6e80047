import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { Database } from '../database/index.js';
import { Events } from '../events/index.js';
import type { JobStatus } from '../providers/index.js';
import type { EvidenceSource, Job } from './job.js';
import { jobView, iso } from './job-view.js';
import { JobRunRepository } from './job-run.repository.js';
import { JobUploadRepository } from './job-upload.repository.js';

/** Announces what happens to jobs: to people by events, to the workers of this process by a call. */
@Injectable()
export class JobNews {
  private readonly listeners = new Set<() => void>();
  private readonly hintListeners = new Set<(jobId: string, provider: string) => void>();

  constructor(
    private readonly events: Events,
    private readonly uploads: JobUploadRepository,
    private readonly runs: JobRunRepository,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Tells that a job is new or has changed, if and only if the caller's transaction commits. */
  async tell(job: Job, previousStatus: JobStatus | null, source: EvidenceSource): Promise<void> {
    await this.events.publish('cloud_job_update', { job_id: job.jobId, job: await this.view(job) }, job.userId);
    if (job.status === previousStatus) return;
    await this.events.publish(
      'job_status_changed',
      {
        job_id: job.jobId,
        status: job.status,
        previous_status: previousStatus,
        source,
        timestamp: iso(this.clock.now()),
      },
      job.userId,
    );
    this.database.afterCommit(() => this.listeners.forEach((listener) => listener()));
  }

  /** Calls `listener` after every change of a status that this process has made. */
  onStatusChanged(listener: () => void): void {
    this.listeners.add(listener);
  }

  /** Passes on that a job may have ended, once the caller's transaction commits. */
  hintEnd({ jobId, provider }: Job): void {
    this.database.afterCommit(() => this.hintListeners.forEach((listener) => listener(jobId, provider)));
  }

  /** Calls `listener` for every hint of an end that this process has received. */
  onEndHint(listener: (jobId: string, provider: string) => void): void {
    this.hintListeners.add(listener);
  }

  private async view(job: Job): Promise<ReturnType<typeof jobView>> {
    const [upload] = await this.uploads.ofJobs([job.jobId]);
    const position = job.status === 'queued' ? await this.runs.place(job.jobId) : undefined;
    return jobView(job, upload, position ?? null, this.clock.now());
  }
}
