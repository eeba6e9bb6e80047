import { S3Error } from '../errors.js';
import type { HeaderMap } from '../request.js';

/** What conditions are held against: the object as it is now. */
export interface ObjectVersion {
  /** Without quotes. */
  readonly etag: string;
  readonly lastModifiedMs: number;
}

/**
 * Judges the conditions of GET and HEAD in the order of RFC 9110 §13.2.2 (entity tags win over dates). Throws
 * PreconditionFailed; `not-modified` asks for a 304.
 */
export function judgeReadConditions(headers: HeaderMap, object: ObjectVersion): 'proceed' | 'not-modified' {
  return judge(headers, '', object) === 'matched' ? 'not-modified' : 'proceed';
}

/** The same for `x-amz-copy-source-if-*`; there everything that fails is PreconditionFailed. */
export function judgeCopyConditions(headers: HeaderMap, source: ObjectVersion): void {
  if (judge(headers, 'x-amz-copy-source-', source) === 'matched')
    throw preconditionFailed('x-amz-copy-source-if-none-match');
}

/**
 * Judges If-None-Match and If-Match of PutObject, CopyObject and CompleteMultipartUpload against the object that is about
 * to be replaced. Throws PreconditionFailed, NoSuchKey (If-Match without an object), NotImplemented (If-None-Match with a tag, as S3).
 */
export function judgeWriteConditions(headers: HeaderMap, current: ObjectVersion | undefined): void {
  const ifNoneMatch = headers.joined('if-none-match')?.trim();
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') {
    throw new S3Error('NotImplemented', 'If-None-Match of a write accepts only *.');
  }
  if (ifNoneMatch !== undefined && current) throw preconditionFailed('If-None-Match');
  const ifMatch = headers.joined('if-match');
  if (ifMatch === undefined) return;
  if (!current) throw new S3Error('NoSuchKey', 'The specified key does not exist.');
  if (!matches(ifMatch, current.etag)) throw preconditionFailed('If-Match');
}

/** Whether a write carries a condition, so that judging and publishing must be one step. */
export function hasWriteConditions(headers: HeaderMap): boolean {
  return headers.has('if-none-match') || headers.has('if-match');
}

function judge(headers: HeaderMap, prefix: string, object: ObjectVersion): 'proceed' | 'matched' {
  const ifMatch = headers.joined(`${prefix}if-match`);
  // HTTP dates know seconds only.
  const modifiedMs = Math.floor(object.lastModifiedMs / 1000) * 1000;
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, object.etag)) throw preconditionFailed(`${prefix}If-Match`);
  } else {
    const limitMs = httpDate(headers.single(`${prefix}if-unmodified-since`));
    if (limitMs !== undefined && modifiedMs > limitMs) throw preconditionFailed(`${prefix}If-Unmodified-Since`);
  }
  const ifNoneMatch = headers.joined(`${prefix}if-none-match`);
  if (ifNoneMatch !== undefined) return matches(ifNoneMatch, object.etag) ? 'matched' : 'proceed';
  const sinceMs = httpDate(headers.single(`${prefix}if-modified-since`));
  return sinceMs !== undefined && modifiedMs <= sinceMs ? 'matched' : 'proceed';
}

/** `*`, or a list of entity tags; clients send them quoted, weak or bare. */
function matches(list: string, etag: string): boolean {
  return list.split(',').some((item) => {
    const tag = item.trim();
    return tag === '*' || tag.replace(/^W\//, '').replace(/^"(.*)"$/, '$1') === etag;
  });
}

/** An HTTP date in milliseconds; one that cannot be read is ignored (RFC 9110 §13.1.3). */
function httpDate(text: string | undefined): number | undefined {
  const timeMs = Date.parse(text ?? '');
  return Number.isNaN(timeMs) ? undefined : timeMs;
}

function preconditionFailed(condition: string): S3Error {
  const message = 'At least one of the pre-conditions you specified did not hold';
  return new S3Error('PreconditionFailed', message, { Condition: condition });
}
