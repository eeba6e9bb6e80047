import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { JobRepository } from './job.repository.js';

const EVIDENCE_LENGTH_MAX = 255;
const KEY_LENGTH_MAX = 1_024;

/** An object that became visible in a job's bucket. */
export interface ArrivedObject {
  readonly key: string;
  readonly etag: string;
  readonly bytes: number;
}

/** Tells in a job's timeline what has arrived for it. */
@Injectable()
export class UploadTimeline {
  constructor(
    private readonly jobs: JobRepository,
    private readonly clock: Clock,
  ) {}

  /** One entry for each object, in the caller's transaction when there is one; nothing for a job that is not here. */
  async tell(jobId: string, objects: readonly ArrivedObject[]): Promise<void> {
    const job = objects.length > 0 ? await this.jobs.find(jobId) : undefined;
    if (!job) return;
    const atMs = this.clock.now();
    const entries = objects.map(({ key, etag, bytes }) => ({
      jobId,
      atMs,
      source: 'upload' as const,
      evidenceId: `${etag} ${key}`.slice(0, EVIDENCE_LENGTH_MAX),
      fromStatus: job.status,
      toStatus: job.status,
      note: `${key.slice(0, KEY_LENGTH_MAX)} arrived (${bytes} bytes)`,
    }));
    await this.jobs.tell(...entries);
  }
}
