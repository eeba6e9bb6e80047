import { S3Error } from '../errors.js';
import type { HeaderMap } from '../request.js';

/** How the body travels, as told by `x-amz-content-sha256`. */
export type PayloadMode =
  | { readonly kind: 'signed'; readonly sha256Hex: string }
  | { readonly kind: 'unsigned' }
  /** aws-chunked framing: `signed` chunks chain signatures, `trailer` says that trailing headers follow. */
  | { readonly kind: 'chunked'; readonly signed: boolean; readonly trailer: boolean };

export interface Payload {
  readonly mode: PayloadMode;
  /** Bytes of the object itself. Undefined only when a plain body arrives without any length (re-framed by a proxy). */
  readonly decodedBytes: number | undefined;
  /** Lower-case names announced by `x-amz-trailer`. */
  readonly trailerNames: readonly string[];
}

const chunkedModes = new Map<string, PayloadMode>([
  ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD', { kind: 'chunked', signed: true, trailer: false }],
  ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER', { kind: 'chunked', signed: true, trailer: true }],
  ['STREAMING-UNSIGNED-PAYLOAD-TRAILER', { kind: 'chunked', signed: false, trailer: true }],
]);

/**
 * Reads how a body travels. `payloadHash` is the one the signature covers (`SignatureClaim.payloadHash`), or
 * `UNSIGNED-PAYLOAD` where another credential was used. The decoded length wins over Content-Length, which a proxy that
 * re-frames the body may have dropped or changed. Throws InvalidArgument, InvalidRequest, MissingContentLength.
 */
export function describePayload(headers: HeaderMap, payloadHash: string): Payload {
  const mode = payloadMode(payloadHash);
  const contentBytes = readByteCount(headers, 'content-length');
  if (contentBytes !== undefined && headers.has('transfer-encoding')) {
    throw new S3Error('InvalidRequest', 'Content-Length and Transfer-Encoding must not come together.');
  }
  const decodedBytes = readByteCount(headers, 'x-amz-decoded-content-length');
  if (mode.kind === 'chunked') {
    if (decodedBytes === undefined) {
      throw new S3Error('MissingContentLength', 'You must provide the x-amz-decoded-content-length HTTP header.');
    }
    return { mode, decodedBytes, trailerNames: mode.trailer ? announcedTrailers(headers) : [] };
  }
  if (contentCodings(headers).includes('aws-chunked')) {
    throw new S3Error('InvalidRequest', 'aws-chunked needs an x-amz-content-sha256 that begins with STREAMING-.');
  }
  return { mode, decodedBytes: contentBytes ?? decodedBytes, trailerNames: [] };
}

/** The codings of Content-Encoding, lower-cased, in order. */
export function contentCodings(headers: HeaderMap): string[] {
  const codings = (headers.joined('content-encoding') ?? '').split(',').map((coding) => coding.trim().toLowerCase());
  return codings.filter((coding) => coding !== '');
}

function payloadMode(payloadHash: string): PayloadMode {
  if (payloadHash === 'UNSIGNED-PAYLOAD') return { kind: 'unsigned' };
  if (/^[0-9a-fA-F]{64}$/.test(payloadHash)) return { kind: 'signed', sha256Hex: payloadHash.toLowerCase() };
  const chunked = chunkedModes.get(payloadHash);
  if (chunked) return chunked;
  throw new S3Error(
    payloadHash.startsWith('STREAMING-') ? 'NotImplemented' : 'InvalidArgument',
    'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, ' +
      'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a SHA-256 in hex.',
  );
}

export function readByteCount(headers: HeaderMap, name: string): number | undefined {
  const text = headers.single(name);
  if (text === undefined) return undefined;
  const bytes = Number(text);
  if (!/^\d{1,16}$/.test(text) || !Number.isSafeInteger(bytes)) {
    throw new S3Error('InvalidArgument', `The header ${name} must be a number of bytes.`);
  }
  return bytes;
}

function announcedTrailers(headers: HeaderMap): string[] {
  const names = (headers.joined('x-amz-trailer') ?? '').split(',').map((name) => name.trim().toLowerCase());
  return [...new Set(names.filter((name) => name !== ''))];
}
