import type { DigestAlgorithm } from '../hashing/hashers.js';

/** Checksums that a client may send or ask for (`x-amz-checksum-<name>`); MD5 travels as Content-MD5 instead. */
export const checksumAlgorithms = [
  'crc32',
  'crc32c',
  'crc64nvme',
  'sha1',
  'sha256',
] as const satisfies DigestAlgorithm[];
export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number];

/** `COMPOSITE`: checksum of the parts' checksums. `FULL_OBJECT`: checksum of the bytes themselves. */
export type ChecksumType = 'COMPOSITE' | 'FULL_OBJECT';

export const digestBytes = { md5: 16, sha1: 20, sha256: 32, crc32: 4, crc32c: 4, crc64nvme: 8 } as const;

export function checksumAlgorithm(name: string): ChecksumAlgorithm | undefined {
  const lower = name.toLowerCase();
  return checksumAlgorithms.find((algorithm) => algorithm === lower);
}

/** Strict base64 of exactly `bytes` bytes, or undefined. */
export function decodeDigest(text: string, bytes: number): Buffer | undefined {
  const decoded = Buffer.from(text, 'base64');
  return decoded.length === bytes && decoded.toString('base64') === text ? decoded : undefined;
}
