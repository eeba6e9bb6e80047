import { DomainError } from '../http/index.js';
import { damaged, impossible, notPermitted } from './backup.errors.js';
import { NoScratch } from './backup-engine.js';

type Circumstance = 'full' | 'forbidden' | 'unavailable';

interface Signs {
  readonly circumstance: Circumstance;
  /** Of Node, SQLite, PostgreSQL and MySQL; SQLite's begin so. */
  readonly codes: readonly string[];
  /** What the programs of database servers say; they give no codes. */
  readonly words: RegExp;
}

const signs: readonly Signs[] = [
  {
    circumstance: 'full',
    codes: ['ENOSPC', 'EDQUOT', 'SQLITE_FULL', '53100', 'ER_DISK_FULL', 'ER_RECORD_FILE_FULL'],
    words: /No space left on device|Disk quota exceeded|Disk full|ERROR 1114 /i,
  },
  {
    circumstance: 'forbidden',
    codes: ['EACCES', 'EPERM', 'EROFS', 'SQLITE_READONLY', 'SQLITE_PERM', 'SQLITE_CANTOPEN', '42501',
      'ER_DBACCESS_DENIED_ERROR', 'ER_ACCESS_DENIED_ERROR', 'ER_TABLEACCESS_DENIED_ERROR', 'ER_SPECIFIC_ACCESS_DENIED_ERROR'],
    words: /ERROR: +(permission denied|must be (owner|superuser))|ERROR (1044|1045|1142|1227) /,
  },
  {
    circumstance: 'unavailable',
    codes: ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENOTFOUND', 'EAI_AGAIN', 'EMFILE', 'ENOMEM',
      '57P01', '57P02', '57P03', '53200', '53300', '08000', '08003', '08006', 'PROTOCOL_CONNECTION_LOST', 'ER_CON_COUNT_ERROR',
      'SQLITE_BUSY', 'SQLITE_LOCKED', 'SQLITE_IOERR', 'SQLITE_NOMEM'],
    words: /connection to server|server closed the connection|terminating connection|too many clients|ERROR (1040|1053|1927|20\d\d) |out of memory/i,
  },
]; // prettier-ignore

/** What of the machine or of the database server stood in the way, somewhere below an error; undefined where nothing did. */
export function circumstanceOf(error: unknown): Circumstance | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code = '' } = error as { readonly code?: unknown };
  const isMeant = ({ codes, words }: Signs): boolean =>
    codes.some((known) => code === known || (known.startsWith('SQLITE_') && String(code).startsWith(`${known}_`))) ||
    words.test(error.message);
  return signs.find(isMeant)?.circumstance ?? circumstanceOf(error.cause);
}

/** Whether somewhere below an error a volume was full. */
export function isDiskFull(error: unknown): boolean {
  return circumstanceOf(error) === 'full';
}

/**
 * What is told of a backup that could not be read or restored: what stood in the way, or, where nothing did, that it is damaged.
 * A full volume is told by who knows which one.
 */
export function unrestorable(id: string, error: unknown): unknown {
  if (error instanceof NoScratch || error instanceof DomainError) return error;
  const reason = reasonOf(error);
  switch (circumstanceOf(error)) {
    case 'full':
      return error;
    case 'forbidden':
      return notPermitted(`The backup ${id} could not be tried: ${reason}.`, error);
    case 'unavailable':
      return impossible(`The backup ${id} could not be tried: ${reason}.`, error);
    default:
      return damaged(id, reason, error);
  }
}

/** What is told when there is no place to try a backup in: never that the backup is damaged. */
export function unprepared(error: unknown): unknown {
  if (error instanceof NoScratch || error instanceof DomainError || circumstanceOf(error)) return error;
  return impossible(`A backup could not be tried: ${reasonOf(error)}.`, error);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n', 1)[0] ?? '').replace(/\.$/, '') : String(error);
}
