import { HeaderMap } from '../request.js';
import { encodeUri } from '../uri.js';
import { ALGORITHM, UNSIGNED_PAYLOAD, canonicalRequest, hmac, scopeText, stringToSign } from './canonical.js';
import { deriveSigningKey } from './signing-key.js';
import { formatTimestamp } from './timestamp.js';

export interface SigningCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
}

export interface RequestToSign {
  readonly method: string;
  readonly rawPath: string;
  readonly rawQuery?: string;
  /** Lower-case names, `host` among them; all of them are signed. */
  readonly headers: Readonly<Record<string, string>>;
  /** Hex SHA-256 of the body, or one of S3's keywords such as `UNSIGNED-PAYLOAD`. */
  readonly payloadHash: string;
}

/** The headers of a request with `x-amz-date`, `x-amz-content-sha256` and `authorization` added. */
export function signRequest(
  request: RequestToSign,
  credentials: SigningCredentials,
  atMs: number,
): Record<string, string> & { authorization: string } {
  const timestamp = formatTimestamp(atMs);
  const headers = { ...request.headers, 'x-amz-date': timestamp, 'x-amz-content-sha256': request.payloadHash };
  const signedHeaders = Object.keys(headers).sort();
  const scope = { day: timestamp.slice(0, 8), region: credentials.region };
  const { method, rawPath, rawQuery = '' } = request;
  const canonical = canonicalRequest(
    { method, rawPath, rawQuery, headers: HeaderMap.of(headers) },
    { rawPath, host: request.headers.host ?? '' },
    signedHeaders,
    request.payloadHash,
  );
  const key = deriveSigningKey(credentials.secretAccessKey, scope);
  const signature = hmac(key, stringToSign(timestamp, scope, canonical)).toString('hex');
  const credential = `${credentials.accessKeyId}/${scopeText(scope)}`;
  const authorization = `${ALGORITHM} Credential=${credential}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`;
  return { ...headers, authorization };
}

export interface UrlToPresign {
  readonly method: string;
  /** Scheme and authority that the client will use, for example `https://host:8001`. */
  readonly origin: string;
  /** Already encoded, the endpoint's prefix included. */
  readonly rawPath: string;
  /** Further parameters, not encoded (for example `response-content-disposition`). */
  readonly query?: Readonly<Record<string, string>>;
  readonly expiresSeconds: number;
}

/** An absolute URL that lets its bearer do one request until it expires (SigV4 query form, payload unsigned). */
export function presign(url: UrlToPresign, credentials: SigningCredentials, atMs: number): string {
  const timestamp = formatTimestamp(atMs);
  const scope = { day: timestamp.slice(0, 8), region: credentials.region };
  const { host, origin } = new URL(url.origin);
  const parameters = {
    ...url.query,
    'X-Amz-Algorithm': ALGORITHM,
    'X-Amz-Credential': `${credentials.accessKeyId}/${scopeText(scope)}`,
    'X-Amz-Date': timestamp,
    'X-Amz-Expires': String(url.expiresSeconds),
    'X-Amz-SignedHeaders': 'host',
  };
  const rawQuery = Object.entries(parameters)
    .map(([name, value]) => `${encodeUri(name)}=${encodeUri(value)}`)
    .join('&');
  const { method, rawPath } = url;
  const request = { method, rawPath, rawQuery, headers: HeaderMap.of({ host }) };
  const canonical = canonicalRequest(request, { rawPath, host }, ['host'], UNSIGNED_PAYLOAD);
  const key = deriveSigningKey(credentials.secretAccessKey, scope);
  const signature = hmac(key, stringToSign(timestamp, scope, canonical)).toString('hex');
  return `${origin}${rawPath}?${rawQuery}&X-Amz-Signature=${signature}`;
}
