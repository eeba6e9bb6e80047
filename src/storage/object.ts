import type { Checksum, MultipartChecksum, ObjectMetadata, ObjectVersion } from '#libs/s3';

/** Where an object lives: a job's bucket and the key in it. */
export interface ObjectAddress {
  readonly jobId: string;
  readonly key: string;
}

/** Bytes in a byte store that are, or were, those of the object at an address. */
export interface StoredBlob extends ObjectAddress {
  /** Where the byte store keeps the bytes of this very version. */
  readonly blob: string;
}

/** An object as the index knows it. It is replaced as a whole, never changed. */
export interface StoredObject extends StoredBlob, ObjectVersion {
  readonly bytes: number;
  /** Hex digest of the bytes. */
  readonly sha256: string;
  readonly metadata: ObjectMetadata;
  readonly checksum: Checksum | null;
}

/** A multipart upload. It stays known for a while after its completion, so that completing it twice is one completion. */
export interface MultipartUpload extends ObjectAddress {
  readonly uploadId: string;
  readonly metadata: ObjectMetadata;
  readonly checksum: MultipartChecksum | null;
  readonly initiatedMs: number;
  readonly state: 'open' | 'completed' | 'aborted';
  /** What completing it answered; null while it is open. */
  readonly completed: CompletedObject | null;
  readonly endedAtMs: number | null;
}

export interface CompletedObject {
  readonly etag: string;
  readonly checksum: Checksum | null;
}

export interface UploadPart {
  readonly uploadId: string;
  readonly partNumber: number;
  readonly blob: string;
  readonly bytes: number;
  /** MD5 of the part in hex. */
  readonly etag: string;
  readonly checksum: Checksum | null;
  readonly lastModifiedMs: number;
}

/** A job's bucket: made before the first thing is stored in it. */
export interface Bucket {
  readonly jobId: string;
  readonly userId: string;
  /** Where its bytes are kept, settled by the first write: a folder, a real bucket, or '' for the outputs folder. */
  readonly store: string;
  readonly createdMs: number;
  readonly objects: number;
  readonly objectBytes: number;
  /** Bytes of parts whose upload has not been completed. */
  readonly partBytes: number;
  /** When its job was deleted, or the removal of its files was postponed; null for a bucket that is there. */
  readonly removedAtMs: number | null;
}
