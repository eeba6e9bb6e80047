import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite from 'better-sqlite3';
import { getLogger } from '#libs/log';
import { StartError } from '../../config/index.js';
import { sqliteFile } from '../../database/index.js';
import { inUse } from '../backup.errors.js';
import { Presence } from '../presence.js';

const log = getLogger('backup');

/**
 * A second, empty file beside the database lends its locks: each server holds it for reading, a restore for itself. They end
 * with the process, however it ends.
 */
export class SqlitePresence extends Presence {
  private readonly file: string;
  private shared: Sqlite.Database | undefined;

  constructor(databaseUrl: string) {
    super();
    this.file = `${sqliteFile(databaseUrl)}-server.lock`;
  }

  override enter(): Promise<void> {
    this.shared = this.lock('BEGIN; SELECT COUNT(*) FROM sqlite_master');
    if (this.shared) return Promise.resolve();
    throw new StartError('A backup is being restored by another process: start again when it is done');
  }

  override leave(): Promise<void> {
    this.shared?.close();
    this.shared = undefined;
    return Promise.resolve();
  }

  override async alone<T>(work: () => Promise<T>): Promise<T> {
    const isServer = this.shared !== undefined;
    let exclusive: Sqlite.Database | undefined;
    try {
      await this.leave();
      exclusive = this.lock('BEGIN EXCLUSIVE');
      if (!exclusive) throw inUse('another server process');
      return await work();
    } finally {
      exclusive?.close();
      if (isServer) this.return();
    }
  }

  /** What was done alone is done, whatever becomes of this. */
  private return(): void {
    try {
      this.shared = this.lock('BEGIN; SELECT COUNT(*) FROM sqlite_master');
    } catch (error) {
      log.error('This server no longer keeps restores of other processes away: restart it', { error });
    }
  }

  private lock(statement: string): Sqlite.Database | undefined {
    mkdirSync(dirname(this.file), { recursive: true, mode: 0o700 });
    const database = new Sqlite(this.file, { timeout: 0 });
    try {
      // Nothing is ever written to it, so that a full disk does not stand in the way.
      database.pragma('journal_mode = MEMORY');
      database.exec(statement);
      return database;
    } catch (error) {
      database.close();
      if ((error as { code?: string }).code === 'SQLITE_BUSY') return undefined;
      throw error;
    }
  }
}
