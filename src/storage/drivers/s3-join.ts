import type { StoredPart } from '../byte-store.js';
import { fewAtOnce } from '../few-at-once.js';
import type { S3Bucket } from './s3-bucket.js';

/** A copy answers when it is done, and must not take longer than an answer may: larger parts are read and written again. */
const COPIED_PART_BYTES_MAX = 1024 ** 3;
const COPIES_AT_ONCE = 8;

/**
 * Joins parts inside the bucket, which copies them itself; undefined, and nothing left, when it does not, or not byte for byte:
 * each copy's ETag must be the MD5 of the part as it arrived. (Encrypted with keys of KMS it is not, so those are joined here.)
 */
export async function joinInBucket(
  bucket: S3Bucket,
  name: string,
  metadata: Record<string, string>,
  parts: readonly StoredPart[],
): Promise<string | undefined> {
  const uploadId = await bucket.begin(name, metadata);
  try {
    const etags = await copyAll(bucket, name, uploadId, parts);
    // Some services take parts of one size only, and say so at the end.
    if (etags && (await bucket.completeIfTaken(name, uploadId, etags))) return name;
  } catch (error) {
    await bucket.abort(name, uploadId).catch(() => undefined);
    // The answer to a completion may have been lost.
    await bucket.remove(name).catch(() => undefined);
    throw error;
  }
  // Where it fails, the upload is given up later (`ByteStore.giveUpDrafts`).
  await bucket.abort(name, uploadId).catch(() => undefined);
  return undefined;
}

export function canBeCopied({ bytes }: StoredPart): boolean {
  return bytes > 0 && bytes <= COPIED_PART_BYTES_MAX;
}

async function copyAll(
  bucket: S3Bucket,
  name: string,
  uploadId: string,
  parts: readonly StoredPart[],
): Promise<string[] | undefined> {
  const etags: (string | undefined)[] = [];
  let isRefused = false;
  await fewAtOnce(parts, COPIES_AT_ONCE, async (part, index) => {
    if (isRefused) return;
    const etag = await bucket.copyPart(name, uploadId, index + 1, part.blob);
    if (etag?.replaceAll('"', '') === part.etag) etags[index] = etag;
    else isRefused = true;
  });
  const copied = etags.filter((etag) => etag !== undefined);
  return copied.length === parts.length ? copied : undefined;
}
