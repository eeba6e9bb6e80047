import { S3Error } from '../errors.js';

/** Bytes `start` to `end`, both included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Resolves a Range header (RFC 9110 §14.2) against an object's size. Undefined means the whole object: no header, another
 * unit, something that is not a range, or several ranges (S3 does not serve multipart/byteranges).
 * Throws InvalidRange (416, with ActualObjectSize) when the range begins behind the end.
 */
export function resolveRange(header: string | undefined, objectBytes: number): ByteRange | undefined {
  const [, first = '', last = ''] = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  const end = last === '' ? objectBytes - 1 : Number(last);
  if (first === '') {
    const suffixBytes = Math.min(end, objectBytes);
    if (suffixBytes === 0) throw unsatisfiable(header, objectBytes);
    return { start: objectBytes - suffixBytes, end: objectBytes - 1 };
  }
  const start = Number(first);
  if (last !== '' && end < start) return undefined;
  if (start >= objectBytes) throw unsatisfiable(header, objectBytes);
  return { start, end: Math.min(end, objectBytes - 1) };
}

/** `bytes 0-9/100`, the Content-Range of a 206. */
export function contentRange(range: ByteRange, objectBytes: number): string {
  return `bytes ${String(range.start)}-${String(range.end)}/${String(objectBytes)}`;
}

/** The `x-amz-copy-source-range` of UploadPartCopy, which must be complete and inside the source: else InvalidArgument. */
export function resolveCopyRange(header: string | undefined, objectBytes: number): ByteRange | undefined {
  if (header === undefined) return undefined;
  const [, first, last] = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(header.trim()) ?? [];
  const range = { start: Number(first), end: Number(last) };
  if (first === undefined || range.start > range.end || range.end >= objectBytes) {
    throw new S3Error(
      'InvalidArgument',
      'The x-amz-copy-source-range must be bytes=first-last inside the source object.',
    );
  }
  return range;
}

function unsatisfiable(header: string | undefined, objectBytes: number): S3Error {
  return new S3Error('InvalidRange', 'The requested range is not satisfiable', {
    RangeRequested: header?.slice(0, 64) ?? '',
    ActualObjectSize: String(objectBytes),
  });
}
