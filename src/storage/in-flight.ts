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

interface JobInFlight {
  bytes: number;
  uploads: number;
  toldAtMs: number;
  /** Somebody has been shown bytes in flight, so the end is to be shown too. */
  isTold: boolean;
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
    const job = this.jobs.get(jobId) ?? {
      bytes: 0,
      uploads: 0,
      toldAtMs: this.clock.monotonicMs(),
      isTold: false,
    };
    this.jobs.set(jobId, job);
    job.uploads += 1;
    let received = 0;
    return {
      add: (bytes) => {
        received += bytes;
        this.received += bytes;
        job.bytes += bytes;
        if (this.clock.monotonicMs() - job.toldAtMs >= TELL_INTERVAL_MS) this.tell(jobId, job, key);
      },
      end: () => {
        job.bytes -= received;
        job.uploads -= 1;
        if (job.uploads > 0) return;
        this.jobs.delete(jobId);
        if (job.isTold) this.tell(jobId, job, key);
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

  private tell(jobId: string, job: JobInFlight, key: string): void {
    job.toldAtMs = this.clock.monotonicMs();
    job.isTold = true;
    this.progress
      .record(jobId, { bytesInFlight: job.bytes, currentFile: key })
      .catch((error: unknown) => log.warning('Upload progress could not be told', { job_id: jobId, error }));
  }
}
