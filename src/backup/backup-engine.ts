import { getLogger } from '#libs/log';
import type { Dialect } from '../database/index.js';
import type { Contents, DatabaseInfo } from './backup.js';

/** A backup that has been restored beside the database, to look at it or to put it in the database's place. */
export interface Scratch {
  /** Where it can be opened, until it is discarded. */
  readonly databaseUrl: string;
  /** What it holds. @throws Error saying what is broken. */
  examine(): Promise<Contents>;
  /**
   * Puts what it holds now in the place of the live records, in one step: whoever looks, also after a crash, sees all old or all
   * new. Connections to it must be closed. Records that are damaged, and what lies in their place without being records, are kept
   * as they are: returns where, if there are any.
   */
  replaceLive(isDamaged: boolean): Promise<string | undefined>;
  discard(): Promise<void>;
}

const log = getLogger('backup');

/** Discards a scratch. A failure is only told: what was done with the scratch is done. */
export async function discard(scratch: Pick<Scratch, 'discard'>): Promise<void> {
  await scratch.discard().catch((error: unknown) => log.warning('A scratch database was not removed', { error }));
}

/** The account may not make a database to try a backup in. */
export class NoScratch extends Error {
  override readonly name = 'NoScratch';
}

/** Copies the records of one kind of database out and in. Every driver must pass test/contract/backup.test.ts. */
export abstract class BackupEngine {
  abstract readonly database: Dialect['name'];
  /** Of its files, without the dot. */
  abstract readonly extension: string;
  abstract info(): Promise<DatabaseInfo>;
  /** Whether there are records that a restore would replace. @throws DomainError where there can be none. */
  abstract hasRecords(): Promise<boolean>;
  /**
   * What is broken in the live records, found without a change to them; undefined when nothing is. Takes as long as reading all.
   * A database server looks after its files itself.
   */
  damage(): Promise<string | undefined> {
    return Promise.resolve(undefined);
  }
  /**
   * Writes all records, as of one instant, to a new file while others go on writing, and says what it wrote.
   * @throws DomainError backup_database_damaged, or backup_impossible or backup_program_missing saying what is missing.
   */
  abstract dump(file: string): Promise<Contents>;
  /**
   * Restores a file of `dump` to a scratch place; `folder` is an empty folder for its use.
   * @throws NoScratch where there can be none. @throws Error when the file cannot be restored: see `unrestorable`.
   */
  abstract restoreToScratch(file: string, folder: string): Promise<Scratch>;
}
