import { Injectable } from '@nestjs/common';
import { getLogger } from '#libs/log';
import { HashPool, S3Error, type ByteRange } from '#libs/s3';
import type { ByteStore, OpenBlob } from './byte-store.js';
import { Buckets } from './buckets.js';
import { ObjectIndex } from './object-index.js';
import type { ObjectAddress, StoredObject } from './object.js';
import { sha256Of } from './proof.js';

const log = getLogger('storage');

/** An object and its bytes, which belong together whatever happens to the address meanwhile. */
export interface OpenObject {
  readonly object: StoredObject;
  readonly blob: OpenBlob;
}

/** How often an object may be replaced while it is being opened. */
const OPEN_ATTEMPTS_MAX = 50;
/** A blob that was nowhere may have been on its way from the drafts to its place; looked for so often before it counts as moved. */
const SAME_VERSION_ATTEMPTS_MAX = 3;

/** Opens objects for reading. */
@Injectable()
export class ObjectReader {
  constructor(
    private readonly index: ObjectIndex,
    private readonly buckets: Buckets,
    private readonly pool: HashPool,
  ) {}

  /** Undefined when there is none. */
  current(address: ObjectAddress): Promise<StoredObject | undefined> {
    return this.index.find(address);
  }

  /** @throws S3Error NoSuchKey. */
  async find(address: ObjectAddress): Promise<StoredObject> {
    const object = await this.index.find(address);
    if (!object) throw noSuchKey(address.key);
    return object;
  }

  /**
   * `wantedOf`: what is going to be read of the object that is there, as `ByteStore.open` takes it; it may throw.
   * @throws S3Error NoSuchKey. Close the blob of the answer.
   */
  async open(
    address: ObjectAddress,
    wantedOf: (object: StoredObject) => ByteRange | undefined = () => undefined,
  ): Promise<OpenObject> {
    const store = await this.buckets.forReading(address.jobId);
    if (!store) throw noSuchKey(address.key);
    let object = await this.find(address);
    let sameVersion = 1;
    for (let attempt = 1; attempt <= OPEN_ATTEMPTS_MAX; attempt += 1) {
      const blob = await store.open(object.blob, address, wantedOf(object));
      if (blob) return { object, blob };
      const now = await this.find(address);
      sameVersion = now.blob === object.blob ? sameVersion + 1 : 1;
      object = now;
      if (sameVersion > SAME_VERSION_ATTEMPTS_MAX) {
        const moved = await this.openMoved(store, object);
        if (moved) return moved;
        sameVersion = 1;
      }
    }
    throw new S3Error('ServiceUnavailable', 'The object is being replaced all the time. Please try again.');
  }

  /**
   * The bytes of this very version, or of whatever lies in their place: whether they are the object's is to be proven. Undefined
   * when there is nothing; `replaced` when the index does not name this version any more. `wanted`: as `ByteStore.open` takes it.
   * Close the blob.
   */
  async openVersion(object: StoredObject, wanted?: ByteRange): Promise<OpenBlob | 'replaced' | undefined> {
    const store = await this.buckets.forReading(object.jobId);
    for (let attempt = 1; store && attempt <= SAME_VERSION_ATTEMPTS_MAX; attempt += 1) {
      const blob = await store.open(object.blob, object, wanted);
      if (blob) return blob;
      if (!(await this.isCurrent(object))) return 'replaced';
    }
    return store?.openMoved(object);
  }

  /** Whether the index still names this very version. */
  async isCurrent(object: StoredObject): Promise<boolean> {
    return (await this.index.find(object))?.blob === object.blob;
  }

  /** Takes a file that was restored by hand for the object, once its bytes are proven to be the object's. */
  private async openMoved(store: ByteStore, object: StoredObject): Promise<OpenObject | undefined> {
    const blob = await store.openMoved(object, object.bytes);
    const isTheObject = blob && (await sha256Of(blob, object.bytes, this.pool)) === object.sha256;
    if (isTheObject) {
      await this.index.adopt(object, blob.name);
      return { object, blob };
    }
    await blob?.close();
    // Replaced while we were looking: then there is nothing wrong.
    if ((await this.find(object)).blob !== object.blob) return undefined;
    log.error(
      'The bytes of an object are missing or were changed: restore the file from a backup, or upload it again',
      {
        job_id: object.jobId,
      },
    );
    throw new S3Error('InternalError', 'The bytes of this object are missing on the server.');
  }
}

export function noSuchKey(key: string): S3Error {
  return new S3Error('NoSuchKey', 'The specified key does not exist.', { Key: key });
}
