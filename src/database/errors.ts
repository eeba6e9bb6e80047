import { QueryFailedError } from 'typeorm';

interface DriverError {
  readonly code?: string;
  readonly errno?: number;
}

function driverError(error: unknown): DriverError | undefined {
  return error instanceof QueryFailedError ? (error.driverError as DriverError) : undefined;
}

/** The records are being replaced, and that takes too long to wait for. */
export class DatabaseClosed extends Error {
  override readonly name = 'DatabaseClosed';
  readonly code = 'DATABASE_CLOSED';

  constructor() {
    super('The database is closed while a backup is being restored');
  }
}

/**
 * Deadlock or serialization failure: the same transaction may well succeed the next time. Not a SQLite file that is locked: that has
 * been waited for already (lock-waits.ts), and whoever asked has waited long enough.
 */
export function isTransient(error: unknown): boolean {
  const code = driverError(error)?.code ?? '';
  return ['40001', '40P01', 'ER_LOCK_DEADLOCK', 'SQLITE_BUSY_SNAPSHOT'].includes(code);
}

/** Another process has locked the SQLite file; the statement has not begun. */
export function isLocked(error: unknown): boolean {
  return ['SQLITE_BUSY', 'SQLITE_BUSY_RECOVERY'].includes(driverError(error)?.code ?? '');
}

/** A row with the same unique value is there already. */
export function isUniqueViolation(error: unknown): boolean {
  const code = driverError(error)?.code ?? '';
  return ['23505', 'ER_DUP_ENTRY', 'SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY'].includes(code);
}

/** The database has no room left or cannot be written at all. */
export function isStorageFull(error: unknown): boolean {
  const code = driverError(error)?.code ?? (error as DriverError | undefined)?.code ?? '';
  return ['SQLITE_FULL', '53100', 'ER_DISK_FULL', 'ENOSPC'].includes(code) || code.startsWith('SQLITE_IOERR');
}

const unreachable = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EPIPE',
  'ENOTFOUND',
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
]);

/** The database cannot be reached, or answered in no time: nothing is known about the statement. */
export function isUnavailable(error: unknown): boolean {
  const code = driverError(error)?.code ?? (error as DriverError | undefined)?.code ?? '';
  if (['SQLITE_BUSY', 'SQLITE_CANTOPEN', 'SQLITE_READONLY', 'DATABASE_CLOSED'].includes(code)) return true;
  if (unreachable.has(code)) return true;
  return (
    code.startsWith('08') ||
    code.startsWith('57P') ||
    /connection terminated|timeout exceeded when trying to connect|query read timeout/i.test(
      String((error as Error | undefined)?.message),
    )
  );
}
