import { S3Error } from '#libs/s3';
import { asDomainError, type ErrorKind } from '../../http/index.js';
import { noRoom } from '../disk-guard.js';
import { isStorageFull } from '../../database/index.js';

const codeOf: Partial<Record<ErrorKind, ConstructorParameters<typeof S3Error>[0]>> = {
  limited: 'SlowDown',
  unavailable: 'ServiceUnavailable',
  forbidden: 'AccessDenied',
  unauthenticated: 'AccessDenied',
  'not-found': 'NoSuchBucket',
};

/** What is thrown in here in S3's terms; undefined for a fault of the server. */
export function asS3Error(thrown: unknown): S3Error | undefined {
  if (thrown instanceof S3Error) return thrown;
  if (isStorageFull(thrown)) return noRoom();
  const domain = asDomainError(thrown);
  const code = domain && codeOf[domain.kind];
  return code && new S3Error(code, domain.message);
}
