import { Injectable } from '@nestjs/common';
import { HashPool, S3Error } from '#libs/s3';
import { JobService } from '../../jobs/index.js';
import { NO_BYTES, type ByteStore, type MovedBlob } from '../byte-store.js';
import { ByteStores } from '../byte-stores.js';
import { JobFiles } from '../files/job-files.js';
import { hex } from '../intake.js';
import { ObjectIndex } from '../object-index.js';
import type { ObjectAddress, StoredObject } from '../object.js';
import { ObjectReader } from '../object-reader.js';
import { digestsOf } from '../proof.js';
import type { Finding, Tally } from './finding.js';
import { StorageVerification } from './verification.js';

/** A file on its way from the drafts to its place may be missed once. */
const LOOKS = 2;

/** What reading files for the index needs. */
@Injectable()
export class ReindexingTools {
  constructor(
    readonly stores: ByteStores,
    readonly reader: ObjectReader,
    readonly pool: HashPool,
    readonly verification: StorageVerification,
    readonly files: JobFiles,
  ) {}
}

/**
 * Makes the index say again what lies on the disk. It never takes other bytes for an object that it knows, and may run
 * beside a server that is at work: whatever the server changes meanwhile is left to it.
 */
@Injectable()
export class Reindexing {
  constructor(
    private readonly index: ObjectIndex,
    private readonly jobs: JobService,
    private readonly tools: ReindexingTools,
  ) {}

  async *run(tally: Tally, isForgetting: boolean): AsyncGenerator<Finding, undefined> {
    for (const name of await this.tools.verification.storeNames()) {
      const store = this.tools.stores.at(name);
      for await (const address of store.placed()) {
        tally.objects += 1;
        const kind = await this.judge(address, name, store, tally);
        if (kind) yield { kind, ...address };
      }
    }
    yield* this.missing(isForgetting);
    return undefined;
  }

  private async judge(
    address: ObjectAddress,
    name: string,
    store: ByteStore,
    tally: Tally,
  ): Promise<Finding['kind'] | undefined> {
    const object = await this.index.find(address);
    if (!object && (await this.tools.verification.isBeingRemoved(address, store))) return undefined;
    if (!object) return this.adopt(address, name, store, tally);
    const bucket = await this.index.bucket(address.jobId);
    // The same key in a folder that the job does not use.
    if (bucket && bucket.store !== name) return 'unknown';
    return this.recognise(object, store);
  }

  /** Undefined when the file is the one that the index names, or is being replaced at this moment. */
  private async recognise(object: StoredObject, store: ByteStore): Promise<Finding['kind'] | undefined> {
    for (let look = 1; look <= LOOKS; look += 1) {
      const known = await store.open(object.blob, object, NO_BYTES);
      await known?.close();
      if (known || !(await this.tools.reader.isCurrent(object))) return undefined;
    }
    const moved = await store.openMoved(object);
    if (!moved) return undefined;
    try {
      const { sha256 } = await this.digests(moved);
      if (sha256 === object.sha256 && moved.bytes === object.bytes) {
        await this.index.adopt(object, moved.name);
        return 'relocated';
      }
      return (await this.tools.reader.isCurrent(object)) ? 'different' : undefined;
    } finally {
      await moved.close();
    }
  }

  private async adopt(
    address: ObjectAddress,
    name: string,
    store: ByteStore,
    tally: Tally,
  ): Promise<Finding['kind'] | undefined> {
    const job = await this.jobs.find(address.jobId);
    if (!job) return 'ownerless';
    const { jobId, userId, createdAtMs: createdMs } = job;
    const bucket = await this.index.openBucket({ jobId, userId, store: name, createdMs });
    const file = bucket.store === name ? await store.openMoved(address) : undefined;
    if (!file) return bucket.store === name ? undefined : 'unknown';
    try {
      const { sha256, etag } = await this.digests(file);
      tally.bytes += file.bytes;
      const { name: blob, bytes, modifiedAtMs: lastModifiedMs } = file;
      const metadata = { headers: {}, user: {} };
      const object = { ...address, blob, bytes, sha256, etag, lastModifiedMs, metadata, checksum: null };
      return (await this.publish(object, store)) ? 'adopted' : undefined;
    } finally {
      await file.close();
    }
  }

  /** False when the server has put something there, or removed the file, while it was being read. */
  private async publish(object: StoredObject, store: ByteStore): Promise<boolean> {
    if (!(await isThere(object, store))) return false;
    const condition = (current: unknown): void => {
      if (current !== undefined) throw new S3Error('PreconditionFailed', 'The server knows the object by now.');
    };
    const [outcome] = await this.index.publish([{ object, condition, jobBytesMax: Number.MAX_SAFE_INTEGER }]);
    if (!outcome || 'refusal' in outcome) return false;
    if (await isThere(object, store)) return true;
    if (await this.tools.reader.isCurrent(object)) await this.index.remove(object.jobId, [object.key]);
    return false;
  }

  private async *missing(isForgetting: boolean): AsyncGenerator<Finding, undefined> {
    for await (const { jobId } of this.tools.verification.buckets()) {
      for await (const object of this.tools.files.walk(jobId)) {
        const blob = await this.tools.reader.openVersion(object, NO_BYTES);
        if (blob === 'replaced') continue;
        await blob?.close();
        if (blob) continue;
        if (isForgetting) await this.index.remove(jobId, [object.key]);
        yield { kind: isForgetting ? 'forgotten' : 'missing', jobId, key: object.key };
      }
    }
    return undefined;
  }

  private async digests(file: MovedBlob): Promise<Pick<StoredObject, 'sha256' | 'etag'>> {
    const { md5, sha256 } = await digestsOf(file, file.bytes, { pool: this.tools.pool, algorithms: ['md5', 'sha256'] });
    return { sha256: hex(sha256), etag: hex(md5) };
  }
}

/** Whether the very file that was read still lies where it was found. */
async function isThere(object: StoredObject, store: ByteStore): Promise<boolean> {
  const blob = await store.open(object.blob, object, NO_BYTES);
  await blob?.close();
  return blob !== undefined;
}
