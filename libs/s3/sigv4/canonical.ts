import { createHash, createHmac } from 'node:crypto';
import type { HeaderMap, S3Request } from '../request.js';
import { rawQueryPairs } from '../uri.js';

export const ALGORITHM = 'AWS4-HMAC-SHA256';
export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';
const SIGNATURE_PARAMETER = 'X-Amz-Signature';

/** Path and host as the signer saw them; behind a proxy they may differ from what arrived. */
export interface SignedTarget {
  readonly rawPath: string;
  readonly host: string;
}

/** What a signature is bound to besides the request: day, region and service. */
export interface CredentialScope {
  /** `YYYYMMDD` */
  readonly day: string;
  readonly region: string;
}

export const scopeText = (scope: CredentialScope): string => `${scope.day}/${scope.region}/s3/aws4_request`;

/**
 * The canonical request of "Signature Version 4 for S3": S3 signs the path as sent (no normalising, no second encoding)
 * and the raw query pairs in byte order, a bare name counting as `name=`.
 */
export function canonicalRequest(
  request: S3Request,
  target: SignedTarget,
  signedHeaders: readonly string[],
  payloadHash: string,
): string {
  const headers = signedHeaders.map((name) => `${name}:${headerValue(request.headers, name, target)}\n`).join('');
  return [
    request.method,
    target.rawPath || '/',
    canonicalQuery(request.rawQuery),
    headers,
    signedHeaders.join(';'),
    payloadHash,
  ].join('\n');
}

export function stringToSign(timestamp: string, scope: CredentialScope, canonical: string): string {
  return [ALGORITHM, timestamp, scopeText(scope), sha256Hex(canonical)].join('\n');
}

export function sha256Hex(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

export function hmac(key: string | Uint8Array, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

function canonicalQuery(rawQuery: string): string {
  return rawQueryPairs(rawQuery)
    .filter(([name]) => name !== SIGNATURE_PARAMETER)
    .sort(([nameA, valueA], [nameB, valueB]) => byteOrder(nameA, nameB) || byteOrder(valueA, valueB))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function headerValue(headers: HeaderMap, name: string, target: SignedTarget): string {
  if (name === 'host') return target.host;
  return headers
    .all(name)
    .map((value) => value.trim().replace(/[ \t]+/g, ' '))
    .join(',');
}

function byteOrder(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
