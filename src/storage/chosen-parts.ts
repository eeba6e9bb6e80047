import { S3Error, type CompletedPart } from '#libs/s3';
import type { UploadPart } from './object.js';
import { storageLimits } from './storage.limits.js';

interface Bounds {
  /** The size the client expects of the whole. */
  readonly objectBytes: number | undefined;
  readonly objectBytesMax: number;
}

/**
 * The stored parts that a completion names, in its order.
 * @throws S3Error InvalidPart, EntityTooSmall (a part under 5 MiB that is not the last), EntityTooLarge, InvalidRequest.
 */
export function chooseParts(
  stored: readonly UploadPart[],
  named: readonly CompletedPart[],
  { objectBytes, objectBytesMax }: Bounds,
): UploadPart[] {
  const byNumber = new Map(stored.map((part) => [part.partNumber, part]));
  const chosen = named.map((name) => {
    const part = byNumber.get(name.partNumber);
    if (part?.etag !== name.etag || !hasChecksums(part, name)) throw invalidPart(name.partNumber);
    return part;
  });
  const tooSmall = chosen.slice(0, -1).find(({ bytes }) => bytes < storageLimits.partBytesMin);
  if (tooSmall) {
    throw new S3Error('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', {
      ProposedSize: String(tooSmall.bytes),
      MinSizeAllowed: String(storageLimits.partBytesMin),
      PartNumber: String(tooSmall.partNumber),
      ETag: tooSmall.etag,
    });
  }
  const bytes = chosen.reduce((sum, part) => sum + part.bytes, 0);
  if (bytes > objectBytesMax) throw tooLarge(bytes, objectBytesMax);
  if (objectBytes !== undefined && objectBytes !== bytes) {
    throw new S3Error('InvalidRequest', 'The provided x-amz-mp-object-size does not match the size of the parts.');
  }
  return chosen;
}

export function tooLarge(bytes: number, bytesMax: number): S3Error {
  return new S3Error('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed object size.', {
    ProposedSize: String(bytes),
    MaxSizeAllowed: String(bytesMax),
  });
}

/** A checksum that was not computed when the part arrived cannot be held against anything, so it is not accepted. */
function hasChecksums(part: UploadPart, { checksums }: CompletedPart): boolean {
  return Object.entries(checksums).every(
    ([algorithm, digest]) =>
      part.checksum?.algorithm === algorithm && part.checksum.value === digest.toString('base64'),
  );
}

function invalidPart(partNumber: number): S3Error {
  return new S3Error(
    'InvalidPart',
    'One or more of the specified parts could not be found. The part might not have been uploaded, or the specified entity tag might not have matched the part’s entity tag.',
    { PartNumber: String(partNumber) },
  );
}
