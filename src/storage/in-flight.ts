import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { getLogger } from '#libs/log';
import { UploadProgress } from '../jobs/index.js';

const log = getLogger('storage');

/** How often a job's bytes in flight are told. */
const TELL_INTERVAL_MS = 1_000;

/** One upload that is being received. */
export interface UploadInFlight {
  add(bytes: number): void;
  end(): void;
}

/** How long a job from which nothing comes is remembered: parts that follow one another are one transfer. */
const REMEMBERED_MS = 60_000;

interface JobInFlight {
  bytes: number;
  uploads: number;
  /** Received since the job was first seen, whatever became of it. */
  transferredBytes: number;
  toldAtMs: number;
}

/** What is arriving at this moment, per job; told to the job's progress once a second. */
@Injectable()
export class InFlight {
  private readonly jobs = new Map<string, JobInFlight>();
  private received = 0;

  constructor(
    private readonly progress: UploadProgress,
    private readonly clock: Clock,
  ) {}

  begin(jobId: string, key: string): UploadInFlight {
    const job = this.jobs.get(jobId) ?? this.remember(jobId);
    job.uploads += 1;
    let received = 0;
    return {
      add: (bytes) => {
        received += bytes;
        this.received += bytes;
        job.bytes += bytes;
        job.transferredBytes += bytes;
        if (this.clock.monotonicMs() - job.toldAtMs >= TELL_INTERVAL_MS) this.tell(jobId, job, key);
      },
      end: () => {
        job.bytes -= received;
        job.uploads -= 1;
        if (received > 0 || job.uploads === 0) this.tell(jobId, job, key);
      },
    };
  }

  /** Of all uploads since the start. */
  get receivedBytes(): number {
    return this.received;
  }

  /** Uploads being received now, and their bytes. */
  totals(): { readonly uploads: number; readonly bytes: number } {
    const jobs = [...this.jobs.values()];
    return {
      uploads: jobs.reduce((sum, { uploads }) => sum + uploads, 0),
      bytes: jobs.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  }

  private remember(jobId: string): JobInFlight {
    const nowMs = this.clock.monotonicMs();
    for (const [former, { uploads, toldAtMs }] of this.jobs) {
      if (uploads === 0 && nowMs - toldAtMs > REMEMBERED_MS) this.jobs.delete(former);
    }
    const job = { bytes: 0, uploads: 0, transferredBytes: 0, toldAtMs: nowMs };
    this.jobs.set(jobId, job);
    return job;
  }

  private tell(jobId: string, job: JobInFlight, key: string): void {
    job.toldAtMs = this.clock.monotonicMs();
    const { bytes: bytesInFlight, transferredBytes } = job;
    this.progress
      .record(jobId, { bytesInFlight, transferredBytes, currentFile: key })
      .catch((error: unknown) => log.warning('Upload progress could not be told', { job_id: jobId, error }));
  }
}
