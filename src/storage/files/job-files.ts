import { Injectable } from '@nestjs/common';
import { listPage, S3Error, type KeyPage, type ListPosition } from '#libs/s3';
import { invalidFields, type Caller } from '../../http/index.js';
import { JobService, type Job } from '../../jobs/index.js';
import { ObjectIndex } from '../object-index.js';
import type { StoredObject } from '../object.js';
import { storageLimits } from '../storage.limits.js';

/** Which files of a job are wanted, and how many at once. */
export interface FilesWish {
  readonly prefix: string;
  /** Keys that go on behind it after the prefix are folded into folders. */
  readonly delimiter: string | undefined;
  readonly limit: number;
  readonly cursor: string | undefined;
}

export interface FilesPage extends KeyPage<StoredObject> {
  /** Of all the job holds, whatever is wanted of it. */
  readonly fileCount: number;
  readonly totalBytes: number;
}

/** A job's files for people who may see the job. */
@Injectable()
export class JobFiles {
  constructor(
    private readonly jobs: JobService,
    private readonly index: ObjectIndex,
  ) {}

  /** @throws DomainError job_not_found, also for one that is not the caller's to see. */
  visibleJob(jobId: string, caller: Caller): Promise<Job> {
    return this.jobs.visible(jobId, caller);
  }

  /** A page in the byte order of the keys. @throws DomainError validation_error for a foreign cursor. */
  async page(jobId: string, { prefix, delimiter, limit, cursor }: FilesWish): Promise<FilesPage> {
    const parameters = {
      version: 2 as const,
      prefix,
      maxKeys: limit,
      encodeKeys: false,
      fetchOwner: false,
      ...(delimiter !== undefined && { delimiter }),
      ...(cursor !== undefined && { continuationToken: cursor }),
    };
    const page = await listPage<StoredObject>(parameters, (from, position, entriesMax) =>
      this.index.read(jobId, from, position, entriesMax),
    ).catch((error: unknown) => {
      throw error instanceof S3Error
        ? invalidFields([{ field: 'cursor', message: 'must be the next_cursor of a former answer' }])
        : error;
    });
    const bucket = await this.index.bucket(jobId);
    return { ...page, fileCount: bucket?.objects ?? 0, totalBytes: bucket?.objectBytes ?? 0 };
  }

  /** Every file whose key begins with the prefix, in the byte order of the keys, read page by page as it is consumed. */
  async *walk(jobId: string, prefix = ''): AsyncGenerator<StoredObject, undefined> {
    let position: ListPosition = { key: '', inclusive: true };
    for (;;) {
      const page = await this.index.read(jobId, prefix, position, storageLimits.filesPerRead);
      yield* page;
      const last = page.at(-1);
      if (!last || page.length < storageLimits.filesPerRead) return undefined;
      position = { key: last.key, inclusive: false };
    }
  }
}
