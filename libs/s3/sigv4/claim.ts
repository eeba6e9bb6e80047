import { S3Error } from '../errors.js';
import type { HeaderMap, S3Request } from '../request.js';
import { decodeUriPart, rawQueryPairs } from '../uri.js';
import { ALGORITHM, UNSIGNED_PAYLOAD, type CredentialScope } from './canonical.js';
import { formatTimestamp, parseTimestamp } from './timestamp.js';

/** What a request says about who signed it; nothing of it is believed before `SignatureVerifier.verify`. */
export interface SignatureClaim {
  /** `header`: Authorization. `query`: a presigned URL. */
  readonly form: 'header' | 'query';
  readonly accessKeyId: string;
  readonly scope: CredentialScope;
  /** Lower-case names in the order in which they were signed. */
  readonly signedHeaders: readonly string[];
  /** 64 lower-case hex digits. */
  readonly signature: string;
  readonly timestamp: string;
  readonly timestampMs: number;
  /** The payload line of the canonical request: a hex digest or one of S3's keywords. */
  readonly payloadHash: string;
  /** Only of presigned URLs. */
  readonly expiresSeconds?: number;
}

type Fault = 'AuthorizationHeaderMalformed' | 'AuthorizationQueryParametersError';

/**
 * Reads the SigV4 claim from the Authorization header or the query. Undefined when the request carries neither, so the
 * caller may look for another kind of credential. The old signature forms get a clear InvalidRequest.
 */
export function parseSignatureClaim(request: S3Request): SignatureClaim | undefined {
  const authorization = request.headers.single('authorization');
  const query = new Map<string, string>();
  let duplicated = false;
  for (const [name, value] of rawQueryPairs(request.rawQuery)) {
    duplicated ||= query.has(name) && name.startsWith('X-Amz-');
    query.set(name, value);
  }
  const signedQuery = query.has('X-Amz-Algorithm') || query.has('X-Amz-Signature');
  const signedHeader = authorization !== undefined && /^AWS/i.test(authorization);
  if (signedHeader && signedQuery) {
    throw new S3Error('InvalidArgument', 'Only one auth mechanism allowed: the Authorization header or the query.');
  }
  if (signedHeader) return headerClaim(authorization, request.headers);
  if (signedQuery) {
    if (duplicated) throw malformed('AuthorizationQueryParametersError', 'A signature parameter is repeated.');
    return queryClaim(query, request.headers);
  }
  if (query.has('AWSAccessKeyId') && query.has('Signature')) throw oldSignature();
  return undefined;
}

function headerClaim(authorization: string, headers: HeaderMap): SignatureClaim {
  const fault: Fault = 'AuthorizationHeaderMalformed';
  if (!authorization.startsWith(`${ALGORITHM} `)) throw oldSignature();
  const fields = new Map<string, string>();
  for (const part of authorization.slice(ALGORITHM.length).split(',')) {
    const [, name, value] = /^\s*(Credential|SignedHeaders|Signature)=(\S+)\s*$/.exec(part) ?? [];
    if (!name || !value || fields.has(name)) throw malformed(fault, 'The authorization header is malformed.');
    fields.set(name, value);
  }
  const timestamp = headers.single('x-amz-date') ?? httpDateTimestamp(headers.single('date'));
  const payloadHash = headers.single('x-amz-content-sha256');
  if (payloadHash === undefined) {
    throw new S3Error('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256');
  }
  return claim('header', fault, {
    credential: fields.get('Credential'),
    signedHeaders: fields.get('SignedHeaders'),
    signature: fields.get('Signature'),
    timestamp,
    payloadHash,
  });
}

function queryClaim(query: ReadonlyMap<string, string>, headers: HeaderMap): SignatureClaim {
  const fault: Fault = 'AuthorizationQueryParametersError';
  const read = (name: string): string | undefined => {
    const raw = query.get(name);
    return raw === undefined ? undefined : decodeUriPart(raw);
  };
  if (read('X-Amz-Algorithm') !== ALGORITHM) throw malformed(fault, `X-Amz-Algorithm only supports "${ALGORITHM}".`);
  const expires = read('X-Amz-Expires') ?? '';
  if (!/^\d{1,9}$/.test(expires) || Number(expires) < 1) {
    throw malformed(fault, 'X-Amz-Expires must be a number of seconds greater than zero.');
  }
  const read256 = read('X-Amz-Content-Sha256') ?? read('x-amz-content-sha256');
  const parsed = claim('query', fault, {
    credential: read('X-Amz-Credential'),
    signedHeaders: read('X-Amz-SignedHeaders'),
    signature: read('X-Amz-Signature'),
    timestamp: read('X-Amz-Date'),
    payloadHash: headers.single('x-amz-content-sha256') ?? read256 ?? UNSIGNED_PAYLOAD,
  });
  return { ...parsed, expiresSeconds: Number(expires) };
}

interface ClaimFields {
  credential: string | undefined;
  signedHeaders: string | undefined;
  signature: string | undefined;
  timestamp: string | undefined;
  payloadHash: string;
}

function claim(form: SignatureClaim['form'], fault: Fault, fields: ClaimFields): SignatureClaim {
  const [, accessKeyId, day, region] =
    /^([\w-]{1,128})\/(\d{8})\/([\w-]{1,64})\/s3\/aws4_request$/.exec(fields.credential ?? '') ?? [];
  if (!accessKeyId || !day || !region) {
    throw malformed(fault, 'The Credential must be <access key>/<YYYYMMDD>/<region>/s3/aws4_request.');
  }
  const signedHeaders = (fields.signedHeaders ?? '').split(';');
  if (!signedHeaders.every((name) => /^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name))) {
    throw malformed(fault, 'SignedHeaders must be lower-case header names separated by semicolons.');
  }
  if (new Set(signedHeaders).size !== signedHeaders.length || !signedHeaders.includes('host')) {
    throw malformed(fault, 'SignedHeaders must name each header once, and host among them.');
  }
  const signature = fields.signature ?? '';
  if (!/^[0-9a-f]{64}$/.test(signature)) throw malformed(fault, 'The Signature must be 64 lower-case hex digits.');
  const timestamp = fields.timestamp ?? '';
  const timestampMs = parseTimestamp(timestamp);
  if (timestampMs === undefined) {
    throw new S3Error('AccessDenied', 'AWS authentication requires a valid Date or x-amz-date.');
  }
  if (!timestamp.startsWith(day))
    throw malformed(fault, 'The Credential has another day than the date of the request.');
  const scope = { day, region };
  return {
    form,
    accessKeyId,
    scope,
    signedHeaders,
    signature,
    timestamp,
    timestampMs,
    payloadHash: fields.payloadHash,
  };
}

function httpDateTimestamp(date: string | undefined): string | undefined {
  const timeMs = Date.parse(date ?? '');
  return Number.isNaN(timeMs) ? undefined : formatTimestamp(timeMs);
}

function malformed(code: Fault, message: string): S3Error {
  return new S3Error(code, message);
}

function oldSignature(): S3Error {
  return new S3Error(
    'InvalidRequest',
    `The authorization mechanism you have provided is not supported. Please use ${ALGORITHM} (signature version "s3v4").`,
  );
}
