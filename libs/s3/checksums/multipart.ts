import { createHash } from 'node:crypto';
import { S3Error } from '../errors.js';
import { MultiHasher } from '../hashing/hashers.js';
import type { HeaderMap } from '../request.js';
import {
  checksumAlgorithm,
  decodeDigest,
  digestBytes,
  type ChecksumAlgorithm,
  type ChecksumType,
} from './algorithms.js';
import { CrcCombiner } from './crc-combine.js';
import type { Checksum } from './expected.js';

/** What CreateMultipartUpload settled for the whole upload. */
export interface MultipartChecksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly type: ChecksumType;
}

export interface PartDigest {
  readonly digest: Uint8Array;
  readonly bytes: number;
}

/**
 * `x-amz-checksum-algorithm` and `x-amz-checksum-type` of CreateMultipartUpload. As on S3, CRC64NVME is always
 * FULL_OBJECT, SHA always COMPOSITE, and the other CRCs COMPOSITE unless asked otherwise. Throws InvalidRequest, NotImplemented.
 */
export function readMultipartChecksum(headers: HeaderMap): MultipartChecksum | undefined {
  const name = headers.single('x-amz-checksum-algorithm');
  const wanted = headers.single('x-amz-checksum-type')?.toUpperCase();
  if (name === undefined) {
    if (wanted === undefined) return undefined;
    throw new S3Error('InvalidRequest', 'The x-amz-checksum-type header needs x-amz-checksum-algorithm.');
  }
  const algorithm = checksumAlgorithm(name);
  if (!algorithm) throw new S3Error('NotImplemented', 'This checksum algorithm is not supported.');
  const type = wanted ?? (algorithm === 'crc64nvme' ? 'FULL_OBJECT' : 'COMPOSITE');
  const allowed =
    (type === 'COMPOSITE' && algorithm !== 'crc64nvme') || (type === 'FULL_OBJECT' && algorithm.startsWith('crc'));
  if (!allowed) {
    throw new S3Error('InvalidRequest', `The ${String(wanted)} checksum type cannot be used with ${algorithm}.`);
  }
  return { algorithm, type: type === 'COMPOSITE' ? 'COMPOSITE' : 'FULL_OBJECT' };
}

/** The checksum of a completed upload from those of its parts, in part order; the bytes are not read again. */
export async function combineChecksum(settled: MultipartChecksum, parts: readonly PartDigest[]): Promise<Checksum> {
  const { algorithm, type } = settled;
  if (type === 'COMPOSITE') {
    const hasher = new MultiHasher([algorithm]);
    for (const part of parts) hasher.update(part.digest);
    const whole = (await hasher.digest())[algorithm];
    return { algorithm, type, value: `${whole?.toString('base64') ?? ''}-${String(parts.length)}` };
  }
  if (algorithm === 'sha1' || algorithm === 'sha256') throw new Error(`${algorithm} of parts cannot be combined.`);
  const combiner = new CrcCombiner(algorithm);
  for (const part of parts) combiner.add(part.digest, part.bytes);
  return { algorithm, type, value: combiner.digest().toString('base64') };
}

/**
 * The whole object's checksum that CompleteMultipartUpload may state in `x-amz-checksum-<algorithm>`; throws BadDigest when
 * it differs from the combined one. The `-<parts>` of a composite checksum may be left out, as S3 allows.
 */
export function verifyCombinedChecksum(headers: HeaderMap, combined: Checksum): void {
  const stated = headers.single(`x-amz-checksum-${combined.algorithm}`);
  if (stated === undefined) return;
  if (!decodeDigest(stated.replace(/-\d+$/, ''), digestBytes[combined.algorithm])) {
    throw new S3Error('InvalidDigest', 'The checksum of the whole object is not valid.');
  }
  if (stated !== combined.value && stated !== combined.value.replace(/-\d+$/, '')) {
    throw new S3Error('BadDigest', 'The checksum you specified did not match the calculated checksum of the object.');
  }
}

/** The ETag of an object made of parts, without quotes: `md5(md5 of each part)-N`. `partMd5s` are raw or hex digests. */
export function multipartEtag(partMd5s: readonly (Uint8Array | string)[]): string {
  const hash = createHash('md5');
  for (const md5 of partMd5s) hash.update(typeof md5 === 'string' ? Buffer.from(md5, 'hex') : md5);
  return `${hash.digest('hex')}-${String(partMd5s.length)}`;
}
