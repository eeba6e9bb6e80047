import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { getLogger } from '#libs/log';
import { Database } from '../database/index.js';
import { Events } from '../events/index.js';
import { isTerminal } from './job.js';
import { iso, uploadView } from './job-view.js';
import { JobRepository } from './job.repository.js';
import { JobUploadRepository, type JobUpload } from './job-upload.repository.js';

/** Silent jobs that are looked at in one round. */
const SILENT_JOBS_MAX = 1_000;

const log = getLogger('jobs');

/** Tells of jobs from which nothing arrives any more although something should. The next byte that arrives ends it. */
@Injectable()
export class UploadStalls {
  constructor(
    private readonly uploads: JobUploadRepository,
    private readonly jobs: JobRepository,
    private readonly events: Events,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Uploads of active jobs from which nothing has come for so long, and of which that has not been told. */
  silentFor(silentMs: number): Promise<JobUpload[]> {
    return this.uploads.silent(this.clock.now() - silentMs, SILENT_JOBS_MAX);
  }

  /** Active jobs whose uploads are known to have stalled. */
  count(): Promise<number> {
    return this.uploads.countStalled();
  }

  /** Told once, whoever finds it: in the timeline, as a notification and in `upload_progress`. False when it moved meanwhile. */
  report(upload: JobUpload, message: string): Promise<boolean> {
    const { jobId, userId } = upload;
    return this.database.transaction(async () => {
      const job = await this.jobs.findForChange(jobId);
      if (!job || isTerminal(job.status)) return false;
      const atMs = this.clock.now();
      if (!(await this.uploads.noteStall(jobId, upload.updatedAtMs, atMs))) return false;
      await this.jobs.tell({
        jobId,
        atMs,
        source: 'upload',
        evidenceId: `stalled since ${iso(upload.updatedAtMs)}`,
        fromStatus: job.status,
        toStatus: job.status,
        note: message,
      });
      const view = uploadView({ ...upload, stalledAtMs: atMs }, false);
      await this.events.publish('upload_progress', { job_id: jobId, ...view }, userId);
      const notification = {
        job_id: jobId,
        kind: 'upload_stalled',
        severity: 'warning',
        message,
        timestamp: iso(atMs),
      };
      await this.events.publish('notification', notification, userId);
      log.warning('Uploads of a job have stalled', { job_id: jobId, last_upload_at: iso(upload.lastUploadAtMs) });
      return true;
    });
  }
}
