import { timingSafeEqual } from 'node:crypto';
import { S3Error } from '../errors.js';
import type { S3Request } from '../request.js';
import { canonicalRequest, hmac, scopeText, stringToSign, type SignedTarget } from './canonical.js';
import type { SignatureClaim } from './claim.js';
import { SigningKeys } from './signing-key.js';

/** The longest life SigV4 allows a presigned URL. */
const presignedSecondsMax = 7 * 24 * 3600;
/** S3's tolerance between the client's clock and ours. */
const skewMsMax = 15 * 60_000;

/** Headers that a proxy adds on the way, or that the string to sign holds already. */
const unsignedAllowed = new Set(['x-amz-cf-id', 'x-amz-date', 'x-amz-content-sha256']);

/** What the chunks of a signed stream chain on to (see `ChunkDecoder`). */
export interface ChunkSigning {
  readonly signingKey: Buffer;
  readonly timestamp: string;
  readonly scopeText: string;
  /** The request's own signature, the first link. */
  readonly seedSignature: string;
}

export interface VerifyOptions {
  readonly secretAccessKey: string;
  readonly nowMs: number;
  /**
   * Under which paths and hosts the client may have signed; the first is tried first. Usually the raw path with the
   * Host header, the forwarded host of a trusted proxy and the public URL, and the path without the endpoint's prefix with
   * `host/prefix` (s3cmd).
   */
  readonly targets: Iterable<SignedTarget>;
  /** The caller's own limit on presigned URLs, at most `presignedSecondsMax`. */
  readonly expiresSecondsMax?: number;
}

/** Checks SigV4 signatures. Keeps derived signing keys (good for one day each), so share one instance. */
export class SignatureVerifier {
  private readonly keys = new SigningKeys();

  /**
   * Returns what chunk signatures build on, or throws: RequestTimeTooSkewed (with ServerTime), AccessDenied (expired, or an
   * x-amz-* header that was not signed), AuthorizationQueryParametersError, SignatureDoesNotMatch.
   */
  verify(claim: SignatureClaim, request: S3Request, options: VerifyOptions): ChunkSigning {
    checkTime(claim, options);
    checkSignedHeaders(claim, request);
    const signingKey = this.keys.get(options.secretAccessKey, claim.scope);
    if (!matchesOne(claim, request, signingKey, options.targets)) {
      throw new S3Error(
        'SignatureDoesNotMatch',
        'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
        { AWSAccessKeyId: claim.accessKeyId },
      );
    }
    const { timestamp, scope, signature } = claim;
    return { signingKey, timestamp, scopeText: scopeText(scope), seedSignature: signature };
  }
}

function matchesOne(
  claim: SignatureClaim,
  request: S3Request,
  signingKey: Buffer,
  targets: Iterable<SignedTarget>,
): boolean {
  for (const target of targets) {
    const canonical = canonicalRequest(request, target, claim.signedHeaders, claim.payloadHash);
    const expected = hmac(signingKey, stringToSign(claim.timestamp, claim.scope, canonical));
    if (sameSignature(expected, claim.signature)) return true;
  }
  return false;
}

/** Compares in constant time; `expected` is the raw HMAC, `given` its hex form. */
export function sameSignature(expected: Buffer, given: string): boolean {
  const bytes = Buffer.from(given, 'hex');
  return bytes.length === expected.length && timingSafeEqual(bytes, expected);
}

function checkTime(claim: SignatureClaim, options: VerifyOptions): void {
  const aheadMs = claim.timestampMs - options.nowMs;
  const serverTime = new Date(options.nowMs).toISOString();
  if (aheadMs > skewMsMax || (claim.expiresSeconds === undefined && -aheadMs > skewMsMax)) {
    throw new S3Error(
      'RequestTimeTooSkewed',
      'The difference between the request time and the current time is too large.',
      {
        RequestTime: claim.timestamp,
        ServerTime: serverTime,
        MaxAllowedSkewMilliseconds: String(skewMsMax),
      },
    );
  }
  if (claim.expiresSeconds === undefined) return;
  const secondsMax = Math.min(options.expiresSecondsMax ?? presignedSecondsMax, presignedSecondsMax);
  if (claim.expiresSeconds > secondsMax) {
    const message = `X-Amz-Expires must be at most ${String(secondsMax)} seconds.`;
    throw new S3Error('AuthorizationQueryParametersError', message);
  }
  const expiresMs = claim.timestampMs + claim.expiresSeconds * 1000;
  if (options.nowMs > expiresMs) {
    const extra = { Expires: new Date(expiresMs).toISOString(), ServerTime: serverTime };
    throw new S3Error('AccessDenied', 'Request has expired', extra);
  }
}

/** Every x-amz-* header changes what a request means, so one that is not signed may have been planted. */
function checkSignedHeaders(claim: SignatureClaim, request: S3Request): void {
  for (const name of request.headers.names()) {
    if (!name.startsWith('x-amz-') || unsignedAllowed.has(name) || claim.signedHeaders.includes(name)) continue;
    const extra = { HeadersNotSigned: name };
    throw new S3Error('AccessDenied', 'There were headers present in the request which were not signed', extra);
  }
}
