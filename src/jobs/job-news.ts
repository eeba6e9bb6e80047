import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { Database } from '../database/index.js';
import { Events, type NewEvent } from '../events/index.js';
import type { JobStatus } from '../providers/index.js';
import type { EvidenceSource, Job } from './job.js';
import { jobView, iso } from './job-view.js';
import { JobRunRepository } from './job-run.repository.js';
import { JobUploadRepository, type JobUpload } from './job-upload.repository.js';

/** A step from one status to another; from null: the job is new. */
export interface StatusMove {
  readonly from: JobStatus | null;
  readonly to: JobStatus;
  readonly source: EvidenceSource;
}

/** A job as it is now, and the steps of its status that led there. */
export interface JobChange {
  readonly job: Job;
  readonly moves: readonly StatusMove[];
}

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

  /** Tells that a job is new, if and only if the caller's transaction commits. */
  tellNew(job: Job, source: EvidenceSource): Promise<void> {
    return this.tell([{ job, moves: [{ from: null, to: job.status, source }] }]);
  }

  /** Tells how jobs have changed, if and only if the caller's transaction commits. */
  async tell(changes: readonly JobChange[]): Promise<void> {
    const uploads = await this.uploads.ofJobs(changes.map(({ job }) => job.jobId));
    const uploadOf = new Map(uploads.map((upload) => [upload.jobId, upload]));
    const events: NewEvent[] = [];
    for (const { job, moves } of changes) {
      const { jobId, userId } = job;
      const payload = { job_id: jobId, job: await this.view(job, uploadOf.get(jobId)) };
      events.push({ type: 'cloud_job_update', payload, userId });
      events.push(...moves.map((move) => this.statusChanged(job, move)));
    }
    await this.events.publishAll(events);
    if (changes.every(({ moves }) => moves.length === 0)) return;
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

  private statusChanged({ jobId, userId }: Job, { from, to, source }: StatusMove): NewEvent {
    const timestamp = iso(this.clock.now());
    const payload = { job_id: jobId, status: to, previous_status: from, source, timestamp };
    return { type: 'job_status_changed', payload, userId };
  }

  private async view(job: Job, upload: JobUpload | undefined): Promise<ReturnType<typeof jobView>> {
    const position = job.status === 'queued' ? await this.runs.place(job.jobId) : undefined;
    return jobView(job, upload, position ?? null, this.clock.now());
  }
}
