import { Injectable } from '@nestjs/common';
import type { UploadCredential } from '../../jobs/index.js';
import { Buckets } from '../buckets.js';
import { jobFull } from '../drivers/bucket-rows.js';
import { ObjectIndex } from '../object-index.js';

/** Says no before the body is asked for, where it is known already that there is no place for it. */
@Injectable()
export class Admission {
  constructor(
    private readonly buckets: Buckets,
    private readonly index: ObjectIndex,
  ) {}

  /** @throws S3Error EntityTooLarge (the job's share is used up) or SlowDown (the disk is). */
  async admit(credential: UploadCredential, bytes: number): Promise<void> {
    const { jobBytesMax } = await this.buckets.quota(credential.provider);
    if (jobBytesMax < Number.MAX_SAFE_INTEGER) {
      const bucket = await this.index.bucket(credential.jobId);
      if (bucket && bucket.objectBytes + bucket.partBytes + bytes > jobBytesMax) throw jobFull();
      if (bytes > jobBytesMax) throw jobFull();
    }
    const store = await this.buckets.forWriting(credential);
    await store.admit(bytes);
  }
}
