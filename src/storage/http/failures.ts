import { getLogger } from '#libs/log';
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

/** A folder that is not there or cannot be used, or a disk that fails (errno(3)). */
const DISK_TROUBLES = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EROFS', 'EIO', 'ESTALE', 'ENXIO', 'ENODEV']);

const log = getLogger('storage');

/** What is thrown in here in S3's terms; undefined for a fault of the server. */
export function asS3Error(thrown: unknown): S3Error | undefined {
  if (thrown instanceof S3Error) return thrown;
  if (isStorageFull(thrown)) return noRoom();
  if (isDiskTrouble(thrown)) {
    log.error('The place of the artifacts cannot be used', { error: thrown });
    return new S3Error(
      'ServiceUnavailable',
      'The storage of this server cannot be used at the moment. Please try again.',
    );
  }
  const domain = asDomainError(thrown);
  const code = domain && codeOf[domain.kind];
  return code && new S3Error(code, domain.message);
}

function isDiskTrouble(thrown: unknown): boolean {
  const { code = '', syscall } = thrown as NodeJS.ErrnoException;
  return thrown instanceof Error && syscall !== undefined && DISK_TROUBLES.has(code);
}
