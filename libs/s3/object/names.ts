import { S3Error } from '../errors.js';
import { decodeUriPart } from '../uri.js';

/** S3's limit on a key, in bytes of UTF-8. */
const keyBytesMax = 1_024;

/** Bucket and key that a request addresses, path-style. Neither: the service itself. No key: the bucket. */
export interface Target {
  readonly bucket?: string;
  readonly key?: string;
}

/**
 * Reads the raw path behind the endpoint's prefix (`/bucket/key`, `/bucket`, `/` or ''). Decodes exactly once, and only
 * after splitting, so `%2F` in a bucket cannot move the border. Throws InvalidURI, InvalidBucketName, KeyTooLongError,
 * InvalidArgument.
 */
export function parseTarget(rawPath: string): Target {
  const path = rawPath.startsWith('/') ? rawPath.slice(1) : rawPath;
  if (path === '') return {};
  const slash = path.indexOf('/');
  const bucket = checkBucketName(decodeUriPart(slash < 0 ? path : path.slice(0, slash)));
  const rawKey = slash < 0 ? '' : path.slice(slash + 1);
  return rawKey === '' ? { bucket } : { bucket, key: checkKey(decodeUriPart(rawKey)) };
}

/** Bucket names as S3 clients accept them for custom endpoints; `.` and `..` are path segments, not names. */
function checkBucketName(bucket: string): string {
  if (/^[A-Za-z0-9._-]{1,255}$/.test(bucket) && bucket !== '.' && bucket !== '..') return bucket;
  throw new S3Error('InvalidBucketName', 'The specified bucket is not valid.');
}

/**
 * A key is up to 1,024 bytes of UTF-8 without control characters, backslash, `.` or `..` segments and characters that an
 * XML listing cannot carry (U+FFFE, U+FFFF, lone surrogates). Empty segments and `a..b` are fine. Returns it unchanged.
 */
export function checkKey(key: string): string {
  if (key === '') throw invalidKey('must not be empty');
  if (Buffer.byteLength(key) > keyBytesMax) {
    const extra = { Size: String(Buffer.byteLength(key)), MaxSizeAllowed: String(keyBytesMax) };
    throw new S3Error('KeyTooLongError', 'Your key is too long', extra);
  }
  if (/[\p{Cc}\p{Cs}\\\ufffe\uffff]/u.test(key)) {
    throw invalidKey('must not contain control characters, a backslash or characters that XML cannot carry');
  }
  if (key.split('/').some((segment) => segment === '.' || segment === '..')) {
    throw invalidKey('must not contain . or .. as a segment');
  }
  return key;
}

/** `x-amz-copy-source`: `/bucket/key` or `bucket/key`, percent-encoded. A version is NotImplemented. */
export function parseCopySource(header: string): { bucket: string; key: string } {
  const [path = '', query] = header.split('?');
  if (query !== undefined && query !== 'versionId=null') {
    throw new S3Error('NotImplemented', 'Versions of objects are not kept.');
  }
  // Some clients send the slash between bucket and key encoded too.
  const { bucket, key } = parseTarget(path.includes('/', 1) ? path : path.replace(/%2f/i, '/'));
  if (bucket === undefined || key === undefined) {
    throw new S3Error('InvalidArgument', 'Copy Source must mention the source bucket and key: sourcebucket/sourcekey');
  }
  return { bucket, key };
}

function invalidKey(what: string): S3Error {
  return new S3Error('InvalidArgument', `The object key ${what}.`, { ArgumentName: 'key' });
}
