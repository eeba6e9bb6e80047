import { getLogger } from '#libs/log';
import { S3Error } from '#libs/s3';

const log = getLogger('storage');

/** What the SDK tells of a failed call. */
interface Failure {
  readonly name?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** Whether a call has failed because the object or the upload is not there. A missing bucket is a trouble, not an absence. */
export function isAbsent(error: unknown): boolean {
  const { name } = error as Failure;
  return name === 'NoSuchKey' || name === 'NotFound' || name === 'NoSuchUpload';
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
