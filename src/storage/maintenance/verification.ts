import { Injectable } from '@nestjs/common';
import { HashPool } from '#libs/s3';
import type { ByteStore } from '../byte-store.js';
import { ByteStores } from '../byte-stores.js';
import { JobFiles } from '../files/job-files.js';
import { Manifests } from '../files/manifests.js';
import { ObjectIndex } from '../object-index.js';
import type { Bucket, ObjectAddress } from '../object.js';
import { OwedRemovals } from '../owed-removals.js';
import type { Finding, Tally } from './finding.js';

const BUCKETS_PER_READ = 100;

/** What the database knows of what lies in the stores. */
@Injectable()
export class StorageRecords {
  constructor(
    readonly index: ObjectIndex,
    readonly owed: OwedRemovals,
  ) {}
}

/** Holds the index against the bytes. Changes nothing; may run beside a server that is at work. */
@Injectable()
export class StorageVerification {
  constructor(
    private readonly records: StorageRecords,
    private readonly stores: ByteStores,
    private readonly files: JobFiles,
    private readonly manifests: Manifests,
    private readonly pool: HashPool,
  ) {}

  /** Re-reads every object, of one job or of all, then looks for files that no object explains. */
  async *run(tally: Tally, jobId?: string): AsyncGenerator<Finding, undefined> {
    for await (const bucket of this.buckets(jobId)) {
      for await (const object of this.files.walk(bucket.jobId)) {
        const state = await this.manifests.stateOf(object);
        tally.objects += 1;
        tally.bytes += object.bytes;
        if (state === 'missing' || state === 'different') yield { kind: state, jobId: object.jobId, key: object.key };
      }
    }
    if (jobId === undefined) yield* this.strangers();
    return undefined;
  }

  /** Ends the threads that have hashed; for commands, whose process is to end. */
  close(): Promise<void> {
    return this.pool.close();
  }

  /** Every bucket, page by page. */
  async *buckets(jobId?: string): AsyncGenerator<Bucket, undefined> {
    for (let afterJobId = ''; ;) {
      const page = await this.records.index.buckets({ prefix: jobId ?? '', afterJobId, entriesMax: BUCKETS_PER_READ });
      yield* page;
      if (page.length < BUCKETS_PER_READ) return undefined;
      afterJobId = page.at(-1)?.jobId ?? '';
    }
  }

  /** The names of all stores, whether or not anything was ever put into them. */
  async storeNames(): Promise<string[]> {
    return this.stores.names(await this.records.index.storeNames());
  }

  /** Whether what lies at an address is an object's no more, and only waits for its removal. */
  isBeingRemoved(address: ObjectAddress, store: ByteStore): Promise<boolean> {
    return this.records.owed.isBeingRemoved(address, store);
  }

  private async *strangers(): AsyncGenerator<Finding, undefined> {
    for (const name of await this.storeNames()) {
      const store = this.stores.at(name);
      for await (const address of store.placed()) {
        const isKnown = (await this.records.index.find(address)) ?? (await this.isBeingRemoved(address, store));
        if (!isKnown) yield { kind: 'unknown', ...address };
      }
    }
    return undefined;
  }
}
