import { S3Error } from '../errors.js';
import type { DigestAlgorithm, Digests } from '../hashing/hashers.js';
import type { Payload } from '../payload/payload.js';
import type { HeaderMap } from '../request.js';
import {
  checksumAlgorithm,
  decodeDigest,
  digestBytes,
  type ChecksumAlgorithm,
  type ChecksumType,
} from './algorithms.js';

/** What the client said its bytes hash to, before they have arrived. */
export interface ExpectedDigests {
  readonly contentMd5?: Buffer;
  /** From a signed payload hash. */
  readonly contentSha256?: Buffer;
  /** The one additional checksum: its value from a header, or undefined while it is still to come as a trailer. */
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly value?: Buffer };
}

/** A checksum as it is stored with an object and answered in `x-amz-checksum-<algorithm>`. */
export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly type: ChecksumType;
  /** Base64; a composite one ends with `-<parts>`. */
  readonly value: string;
}

const prefix = 'x-amz-checksum-';
/** Headers of the family that hold no digest. */
const notDigests = new Set(['x-amz-checksum-mode', 'x-amz-checksum-algorithm', 'x-amz-checksum-type']);

/**
 * Reads Content-MD5, x-amz-checksum-* (header or announced trailer), x-amz-sdk-checksum-algorithm and the signed payload
 * hash. A checksum that could not be verified is refused, never ignored. Throws InvalidDigest, InvalidRequest, NotImplemented.
 */
export function readExpectedDigests(headers: HeaderMap, payload: Payload): ExpectedDigests {
  const contentMd5 = headers.single('content-md5');
  const { mode } = payload;
  const names = [...headers.names()].filter((name) => name.startsWith(prefix) && !notDigests.has(name));
  const trailers = payload.trailerNames;
  if (names.length + trailers.length > 1) {
    throw new S3Error(
      'InvalidRequest',
      'Expecting a single x-amz-checksum- header. Multiple checksums are not allowed.',
    );
  }
  const [name] = [...names, ...trailers];
  return {
    contentMd5: contentMd5 === undefined ? undefined : digest(contentMd5, 'md5', 'Content-MD5'),
    contentSha256: mode.kind === 'signed' ? Buffer.from(mode.sha256Hex, 'hex') : undefined,
    checksum: name === undefined ? requestedChecksum(headers) : namedChecksum(name, headers.single(name)),
  };
}

/**
 * The digests to compute over the body: those expected, the MD5 and SHA-256 every object is stored with, and for a part
 * the algorithm its upload settled on, so that the parts' checksums can be combined.
 */
export function digestsToCompute(expected: ExpectedDigests, settled?: ChecksumAlgorithm): DigestAlgorithm[] {
  const wanted: (DigestAlgorithm | undefined)[] = ['md5', 'sha256', expected.checksum?.algorithm, settled];
  return [...new Set(wanted.filter((algorithm) => algorithm !== undefined))];
}

/**
 * Holds what arrived against what was announced; throws BadDigest or XAmzContentSHA256Mismatch. `trailers` are those of
 * the chunk decoder (InvalidDigest when their checksum is not one). Returns the additional checksum to store, if any.
 */
export function verifyDigests(
  expected: ExpectedDigests,
  actual: Digests,
  trailers: ReadonlyMap<string, string> = new Map(),
): Checksum | undefined {
  if (expected.contentSha256 && !same(expected.contentSha256, actual.sha256)) {
    const message = 'The provided x-amz-content-sha256 header does not match what was computed.';
    throw new S3Error('XAmzContentSHA256Mismatch', message, {
      ClientComputedContentSHA256: expected.contentSha256.toString('hex'),
      S3ComputedContentSHA256: actual.sha256?.toString('hex') ?? '',
    });
  }
  if (expected.contentMd5 && !same(expected.contentMd5, actual.md5)) throw badDigest('Content-MD5');
  if (!expected.checksum) return undefined;
  const { algorithm } = expected.checksum;
  const trailer = trailers.get(prefix + algorithm);
  const value =
    expected.checksum.value ?? (trailer === undefined ? undefined : digest(trailer, algorithm, prefix + algorithm));
  const computed = actual[algorithm];
  if (value && !same(value, computed)) throw badDigest(algorithm.toUpperCase());
  return computed && { algorithm, type: 'FULL_OBJECT', value: computed.toString('base64') };
}

function namedChecksum(name: string, value: string | undefined): NonNullable<ExpectedDigests['checksum']> {
  const algorithm = name.startsWith(prefix) ? checksumAlgorithm(name.slice(prefix.length)) : undefined;
  if (!algorithm) throw new S3Error('NotImplemented', `The checksum or trailer ${name} is not supported.`);
  return { algorithm, value: value === undefined ? undefined : digest(value, algorithm, name) };
}

/** The client names an algorithm without a value: it is computed and stored, there is nothing to compare. */
function requestedChecksum(headers: HeaderMap): ExpectedDigests['checksum'] {
  const name = headers.single('x-amz-sdk-checksum-algorithm') ?? headers.single('x-amz-checksum-algorithm');
  if (name === undefined || name.toLowerCase() === 'md5') return undefined;
  return namedChecksum(prefix + name.toLowerCase(), undefined);
}

function digest(text: string, algorithm: DigestAlgorithm, name: string): Buffer {
  const value = decodeDigest(text, digestBytes[algorithm]);
  if (!value) throw new S3Error('InvalidDigest', `The value specified in ${name} is not valid.`);
  return value;
}

function same(expected: Buffer, actual: Buffer | undefined): boolean {
  return actual !== undefined && expected.equals(actual);
}

function badDigest(name: string): S3Error {
  return new S3Error('BadDigest', `The ${name} you specified did not match what we received.`);
}
