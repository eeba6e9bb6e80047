import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite from 'better-sqlite3';
import { getLogger } from '#libs/log';
import { StartError } from '../../config/index.js';
import { sqliteFile } from '../../database/index.js';
import { inUse } from '../backup.errors.js';
import { Presence } from '../presence.js';

const log = getLogger('backup');

/** What servers of several processes hold at the same time. */
const SHARED = 'BEGIN; SELECT COUNT(*) FROM sqlite_master';
/** What nobody holds beside another one. */
const EXCLUSIVE = 'BEGIN EXCLUSIVE';

/**
 * A second, empty file beside the database lends its locks: a restore holds it for itself, and so does a server that takes itself
 * for the only one; servers that know of others hold it for reading. The locks end with the process, however it ends.
 */
export class SqlitePresence extends Presence {
  private readonly file: string;
  private held: Sqlite.Database | undefined;

  /** @param isOnly whether the server takes up whatever it finds claimed: under a second one, jobs would be started twice. */
  constructor(
    databaseUrl: string,
    private readonly isOnly: boolean,
  ) {
    super();
    this.file = `${sqliteFile(databaseUrl)}-server.lock`;
  }

  override enter(): Promise<void> {
    this.held = this.take();
    if (this.held) return Promise.resolve();
    throw new StartError(
      `Another process works with the records beside ${this.file}: a server, to be stopped first (several of them on one machine are started together, by SIMPLETUNER_WORKERS), or the restore of a backup`,
    );
  }

  override leave(): Promise<void> {
    this.held?.close();
    this.held = undefined;
    return Promise.resolve();
  }

  override async alone<T>(work: () => Promise<T>): Promise<T> {
    const isServer = this.held !== undefined;
    let exclusive: Sqlite.Database | undefined;
    try {
      await this.leave();
      exclusive = this.lock(EXCLUSIVE);
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
      this.held = this.take();
    } catch (error) {
      log.error('This server no longer keeps restores of other processes away: restart it', { error });
    }
  }

  private take(): Sqlite.Database | undefined {
    return this.lock(this.isOnly ? EXCLUSIVE : SHARED);
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
