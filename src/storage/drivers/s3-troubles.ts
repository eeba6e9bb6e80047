import { getLogger } from '#libs/log';
import { S3Error } from '#libs/s3';
import { UnusableStoreError } from '../byte-store.js';

const log = getLogger('storage');

/** What the SDK tells of a failed call. */
interface Failure {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** Whether a call has failed because the object or the upload is not there. A missing bucket is a trouble, not an absence. */
export function isAbsent(error: unknown): boolean {
  const { name } = error as Failure;
  return name === 'NoSuchKey' || name === 'NotFound' || name === 'NoSuchUpload';
}

/** Whether the bucket has answered that it will not do this, now or later. */
export function isRefused(error: unknown): boolean {
  const { name, $metadata: { httpStatusCode: status = 0 } = {} } = error as Failure;
  if (name === 'RequestTimeout' || status === 429) return false;
  return (status >= 400 && status < 500) || status === 501;
}

/** What operators are told of a bucket that cannot be used. */
export function unusable(bucket: string, error: unknown): UnusableStoreError {
  return new UnusableStoreError(`The bucket ${bucket} ${predicateOf(error as Failure)}`, { cause: error });
}

function predicateOf({ name = 'Error', code, $metadata }: Failure): string {
  const { httpStatusCode: status } = $metadata ?? {};
  if (status === 404) return 'does not exist (404)';
  if (status === 401 || status === 403) return `refuses these credentials (${status})`;
  if (status !== undefined) return `fails (${status})`;
  if (name === 'AbortError' || name === 'TimeoutError') return 'does not answer';
  return `cannot be reached (${code ?? name})`;
}

/**
 * What a client of ours is told when the bucket behind us has failed: it shall try again. The operator reads the rest in the log.
 * Neither tells more than the name of the fault and the bucket.
 */
export function withoutAnswer(bucket: string, error: unknown): S3Error {
  if (error instanceof S3Error) return error;
  const { name = 'Error', $metadata } = error as Failure;
  log.warning('The bucket of the artifacts did not do as asked', {
    bucket,
    fault: name,
    status: $metadata?.httpStatusCode,
  });
  return new S3Error('ServiceUnavailable', 'The storage behind this server does not answer. Please try again.');
}
