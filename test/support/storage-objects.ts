import { newId } from '#libs/ids';
import type { MultipartUpload, StoredObject } from '../../src/storage/object.js';
import type { Publication } from '../../src/storage/object-index.js';

export const JOB_BYTES_MAX = 1_000_000;

/** An object as the index holds it. */
export function object(jobId: string, key: string, extra: Partial<StoredObject> = {}): StoredObject {
  return {
    jobId,
    key,
    blob: newId(),
    bytes: 10,
    etag: 'e'.repeat(32),
    sha256: 'a'.repeat(64),
    metadata: { headers: { 'content-type': 'text/plain' }, user: { who: 'é' } },
    checksum: { algorithm: 'crc32', type: 'FULL_OBJECT', value: 'AAAAAA==' },
    lastModifiedMs: 1_700_000_000_123,
    ...extra,
  };
}

/** That object, about to become visible. */
export function publication(of: StoredObject, extra: Partial<Publication> = {}): Publication {
  return { object: of, jobBytesMax: JOB_BYTES_MAX, ...extra };
}

/** An open multipart upload. */
export function upload(jobId: string, key: string, extra: Partial<MultipartUpload> = {}): MultipartUpload {
  return {
    uploadId: newId(),
    jobId,
    key,
    metadata: { headers: {}, user: {} },
    checksum: null,
    initiatedMs: 1_000,
    state: 'open',
    completed: null,
    endedAtMs: null,
    ...extra,
  };
}
