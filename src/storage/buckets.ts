import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import type { UploadCredential } from '../jobs/index.js';
import { ProviderSettingsService } from '../providers/index.js';
import type { ByteStore } from './byte-store.js';
import { ByteStores } from './byte-stores.js';
import { ObjectIndex } from './object-index.js';

/** Jobs whose store is remembered; beyond it the oldest is asked for again. */
const REMEMBERED_MAX = 10_000;

/** What may be stored for a job. */
export interface StorageQuota {
  readonly objectBytesMax: number;
  readonly jobBytesMax: number;
}

/** Finds the byte store of a job's bucket. Which one it is never changes after the first write. */
@Injectable()
export class Buckets {
  private readonly remembered = new Map<string, string>();

  constructor(
    private readonly index: ObjectIndex,
    private readonly stores: ByteStores,
    private readonly settings: ProviderSettingsService,
    private readonly clock: Clock,
  ) {}

  /** The store of a bucket that is about to be written; the bucket is made if there is none. */
  async forWriting(credential: UploadCredential): Promise<ByteStore> {
    const { jobId, userId, provider } = credential;
    let store = this.remembered.get(jobId);
    if (store === undefined) {
      const { s3_output_path: path } = await this.settings.get(provider);
      const fresh = path === '' ? this.stores.defaultName : path;
      ({ store } = await this.index.openBucket({ jobId, userId, store: fresh, createdMs: this.clock.now() }));
      this.remember(jobId, store);
    }
    return this.stores.at(store);
  }

  /** Undefined when nothing was ever stored for the job. */
  async forReading(jobId: string): Promise<ByteStore | undefined> {
    let store = this.remembered.get(jobId);
    if (store === undefined) {
      const bucket = await this.index.bucket(jobId);
      if (!bucket) return undefined;
      store = bucket.store;
      this.remember(jobId, store);
    }
    return this.stores.at(store);
  }

  async quota(provider: string): Promise<StorageQuota> {
    const settings = await this.settings.get(provider);
    return {
      objectBytesMax: settings.s3_max_object_bytes,
      jobBytesMax: settings.s3_max_job_bytes ?? Number.MAX_SAFE_INTEGER,
    };
  }

  private remember(jobId: string, store: string): void {
    if (this.remembered.size >= REMEMBERED_MAX) this.remembered.delete(this.remembered.keys().next().value ?? '');
    this.remembered.set(jobId, store);
  }
}
