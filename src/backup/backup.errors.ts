import { DomainError } from '../http/index.js';

export function busy(what: string): DomainError {
  return new DomainError('conflict', 'backup_busy', `${what} is under way; try again when it is done.`);
}

/** `problem` is a clause that goes on from "is damaged: ". */
export function damaged(id: string, problem: string, cause?: unknown): DomainError {
  return new DomainError('conflict', 'backup_damaged', `The backup ${id} is damaged: ${problem}.`, { cause });
}

export function foreign(id: string, problem: string): DomainError {
  return new DomainError('conflict', 'backup_foreign', `${id} is no backup of this server: ${problem}.`);
}

export function newer(id: string, migrations: readonly string[]): DomainError {
  return new DomainError(
    'conflict',
    'backup_newer',
    `The backup ${id} was made by a newer version of this server (it has ${migrations.join(', ')}): restore it with that version.`,
  );
}

export function inUse(who: string): DomainError {
  return new DomainError(
    'conflict',
    'backup_database_in_use',
    `The database is in use by ${who}: stop it first; nothing was changed.`,
  );
}

export function noRoom(folder: string, neededBytes: number, freeBytes: number): DomainError {
  const mebibytes = (bytes: number): string => `${Math.ceil(bytes / 1024 ** 2)} MiB`;
  return new DomainError(
    'unavailable',
    'backup_no_room',
    `The volume of ${folder} has ${mebibytes(freeBytes)} free, and ${mebibytes(neededBytes)} are needed: make room, or choose another volume with SIMPLETUNER_BACKUP_DIRECTORY.`,
  );
}

export function ranFull(folder: string, cause: unknown): DomainError {
  return new DomainError(
    'unavailable',
    'backup_no_room',
    `A volume has run full, that of ${folder} or that of the database; nothing was changed: make room.`,
    { cause },
  );
}

/** The database or one of its programs does not do its part; `message` says which and why. */
export function impossible(message: string, cause?: unknown): DomainError {
  return new DomainError('unavailable', 'backup_impossible', message, { cause });
}

/** A program that backups of this database need is not there, or too old; `message` names the package that brings it. */
export function missingProgram(message: string): DomainError {
  return new DomainError('unavailable', 'backup_program_missing', message);
}

/** An account, of the database or of the machine, may not do what is needed; `message` says what allows it. */
export function notPermitted(message: string, cause?: unknown): DomainError {
  return new DomainError('unavailable', 'backup_not_permitted', message, { cause });
}

/** The records themselves are broken. */
export function databaseDamaged(path: string, problem: string, cause?: unknown): DomainError {
  return new DomainError(
    'unavailable',
    'backup_database_damaged',
    `The database ${path} is damaged: ${problem}. Stop the server and restore a backup at the command line, which keeps the damaged file.`,
    { cause },
  );
}

export function lastGood(id: string): DomainError {
  return new DomainError('conflict', 'backup_last_good', `${id} is the last good backup; make another one first.`);
}
