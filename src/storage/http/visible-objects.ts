import { Injectable } from '@nestjs/common';
import { compareKeys, type ListPosition } from '#libs/s3';
import { ObjectIndex } from '../object-index.js';
import type { Bucket, StoredObject } from '../object.js';
import type { Access } from './access.js';
import { Authorizer } from './authorizer.js';

const JOB_ID_LENGTH = 36;
const BUCKETS_PER_READ = 100;

/** Reads objects as `outputs` shows them: those of every job that the caller may see, under `{job_id}/`. */
@Injectable()
export class VisibleObjects {
  constructor(
    private readonly index: ObjectIndex,
    private readonly authorizer: Authorizer,
  ) {}

  async read(access: Access, prefix: string, position: ListPosition, entriesMax: number): Promise<StoredObject[]> {
    const found: StoredObject[] = [];
    const firstJobId = position.key.slice(0, JOB_ID_LENGTH);
    for await (const jobId of this.jobIds(access, prefix, firstJobId)) {
      found.push(...(await this.readJob(jobId, prefix, position, entriesMax - found.length)));
      if (found.length >= entriesMax) break;
    }
    return found;
  }

  /** Jobs from `firstJobId` on whose keys may begin with the prefix. */
  private async *jobIds(access: Access, prefix: string, firstJobId: string): AsyncGenerator<string> {
    if (access.kind === 'job') {
      yield access.credential.jobId;
      return;
    }
    const userId = this.authorizer.visibleUser(access);
    const jobPrefix = prefix.split('/')[0]?.slice(0, JOB_ID_LENGTH) ?? '';
    const filter = { userId, prefix: jobPrefix, entriesMax: BUCKETS_PER_READ };
    // The first one itself included: its id is what comes right after the id without its last character and '~'.
    let page: Bucket[] = firstJobId === '' ? [] : await this.exactly(firstJobId, filter);
    for (let after = firstJobId; ; after = page.at(-1)?.jobId ?? '') {
      for (const { jobId } of page) yield jobId;
      page = await this.index.buckets({ ...filter, afterJobId: after });
      if (page.length === 0) return;
    }
  }

  private async exactly(jobId: string, filter: { userId?: string; prefix: string }): Promise<Bucket[]> {
    const bucket = await this.index.bucket(jobId);
    const isVisible = bucket && (filter.userId === undefined || bucket.userId === filter.userId);
    return isVisible && jobId.startsWith(filter.prefix) ? [bucket] : [];
  }

  private async readJob(
    jobId: string,
    prefix: string,
    position: ListPosition,
    entriesMax: number,
  ): Promise<StoredObject[]> {
    const folder = `${jobId}/`;
    if (!folder.startsWith(prefix) && !prefix.startsWith(folder)) return [];
    const inner: ListPosition | undefined = position.key.startsWith(folder)
      ? { key: position.key.slice(folder.length), inclusive: position.inclusive }
      : compareKeys(position.key, folder) < 0
        ? { key: '', inclusive: true }
        : undefined;
    if (!inner) return [];
    const objects = await this.index.read(jobId, prefix.slice(folder.length), inner, entriesMax);
    return objects.map((object) => ({ ...object, key: `${folder}${object.key}` }));
  }
}
