import type { ListPosition, ObjectVersion } from '#libs/s3';
import type { Bucket, ObjectAddress, StoredObject } from './object.js';

/** An object whose bytes are durable and which is to become the one at its address. */
export interface Publication {
  readonly object: StoredObject;
  /** Judges what is there now, in the same step that replaces it; throws to refuse. */
  readonly condition?: (current: ObjectVersion | undefined) => void;
  /** Most bytes that the objects and parts of the job may have together afterwards. */
  readonly jobBytesMax: number;
  /** The bytes of a version that is replaced stay where they are, and are owed a removal (`OwedRemovals`). */
  readonly replacedStays?: boolean;
  /** The multipart upload that ends with this object. */
  readonly completesUploadId?: string;
}

/** What became of a publication: the version it replaced, if any, or why it was refused. */
export type PublishOutcome = { readonly replaced: StoredObject | undefined } | { readonly refusal: Error };

/** What a blob is known as. */
export interface BlobUse {
  readonly blob: string;
  /** The object whose bytes it holds; absent for a part of an upload. */
  readonly address?: ObjectAddress;
}

/** Which objects there are. Readers find an object through its row only, so the row decides what is visible. */
export abstract class ObjectIndex {
  /** The job's bucket, made as described if there is none. @throws S3Error NoSuchBucket when it was removed. */
  abstract openBucket(fresh: Pick<Bucket, 'jobId' | 'userId' | 'store' | 'createdMs'>): Promise<Bucket>;
  /** Publishes all of them in one transaction; a refused one leaves no trace. The buckets are open. At most one for each address. */
  abstract publish(publications: readonly Publication[]): Promise<readonly PublishOutcome[]>;
  abstract find(address: ObjectAddress): Promise<StoredObject | undefined>;
  /** Up to `entriesMax` objects of a job in the byte order of their keys (`ReadKeys` of libs/s3). */
  abstract read(jobId: string, prefix: string, position: ListPosition, entriesMax: number): Promise<StoredObject[]>;
  /** The same bytes are known as another blob from now on, if the object is still the one given. */
  abstract adopt(object: StoredObject, blob: string): Promise<void>;
  /**
   * Forgets objects; returns those that were there. `owedSinceMs`: their bytes are still to be removed, which is remembered in
   * the same step (`OwedRemovals`); absent when there are none.
   */
  abstract remove(jobId: string, keys: readonly string[], owedSinceMs?: number): Promise<StoredObject[]>;
  /** Runs `work` while no other process publishes, removes or holds objects of the job. It may run twice after a deadlock. */
  abstract holding<T>(jobId: string, work: () => Promise<T>): Promise<T>;
  /** Undefined also when it was removed. */
  abstract bucket(jobId: string): Promise<Bucket | undefined>;
  /** Buckets in the order of their job ids: of one user, or of all. */
  abstract buckets(filter: {
    userId?: string;
    prefix: string;
    afterJobId: string;
    entriesMax: number;
  }): Promise<Bucket[]>;
  /** The distinct stores of all buckets. */
  abstract storeNames(): Promise<string[]>;
  /** Objects, their bytes and the bytes of unfinished uploads over all jobs. */
  abstract totals(): Promise<Pick<Bucket, 'objects' | 'objectBytes' | 'partBytes'>>;
  /** Those of the blobs that an object or a part needs. */
  abstract blobUses(blobs: readonly string[]): Promise<BlobUse[]>;
}
