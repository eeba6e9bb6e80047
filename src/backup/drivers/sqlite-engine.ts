import { copyFile, link, mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { sqliteFile } from '../../database/index.js';
import type { Contents, DatabaseInfo } from '../backup.js';
import { schemaVersion } from '../backup.js';
import { BackupEngine, type Scratch } from '../backup-engine.js';
import { impossible } from '../backup.errors.js';
import { sync } from '../files.js';
import { copyDatabase, examineDatabase, replaceDatabase, SqliteFault } from './sqlite-thread.js';

/** SQLite: the online backup interface out, one transaction over the whole file back in. */
export class SqliteEngine extends BackupEngine {
  override readonly database = 'sqlite';
  override readonly extension = 'db';
  private readonly file: string;

  constructor(databaseUrl: string) {
    super();
    this.file = sqliteFile(databaseUrl);
  }

  override async info(): Promise<DatabaseInfo> {
    const sizes = await Promise.all(['', '-wal'].map((end) => stat(this.file + end).then(({ size }) => size, () => 0))); // prettier-ignore
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    return { database: 'sqlite', path: this.file, bytes, ...this.look() };
  }

  override async hasRecords(): Promise<boolean> {
    return ((await stat(this.file).catch(() => undefined))?.size ?? 0) > 0;
  }

  override async dump(file: string): Promise<Contents> {
    try {
      await copyDatabase(this.file, file);
      return await examineDatabase(file);
    } catch (error) {
      if (!(error instanceof SqliteFault)) throw error;
      const remedy = error.isDamage ? ' (see docs/backup.md on recovering it)' : '';
      throw impossible(`The database ${this.file} cannot be copied: ${error.message}${remedy}.`, error);
    }
  }

  override async restoreToScratch(file: string, folder: string): Promise<Scratch> {
    const scratch = join(folder, 'scratch.db');
    await copyFile(file, scratch);
    return {
      databaseUrl: `sqlite://${scratch.replaceAll('%', '%25')}`,
      examine: () => examineDatabase(scratch),
      replaceLive: () => this.replaceBy(scratch),
      discard: async () => {
        for (const end of ['', '-wal', '-shm', '-migrate.lock']) await rm(scratch + end, { force: true });
      },
    };
  }

  private async replaceBy(scratch: string): Promise<void> {
    if (!(await this.hasRecords())) return this.moveIn(scratch);
    try {
      await replaceDatabase(scratch, this.file);
    } catch (error) {
      if (!(error instanceof SqliteFault)) throw error;
      if (!error.isDamage)
        throw impossible(`SQLite did not take the records: ${error.message}. Nothing was changed.`, error);
      await this.setAside();
      await this.moveIn(scratch);
    }
  }

  /** A file that SQLite cannot read is kept, with its log, for whoever wants to recover something from it. */
  private async setAside(): Promise<void> {
    const folder = join(dirname(this.file), `damaged-${basename(this.file)}-${(await stat(this.file)).mtimeMs}`);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const end of ['-wal', '-shm']) await rename(this.file + end, join(folder, basename(this.file) + end)).catch(() => undefined); // prettier-ignore
    await link(this.file, join(folder, basename(this.file)));
    await sync(folder);
  }

  private async moveIn(scratch: string): Promise<void> {
    const next = `${this.file}.restored`;
    await mkdir(dirname(this.file), { recursive: true, mode: 0o700 });
    // A log that belongs to another file would be played into this one.
    for (const end of ['-wal', '-shm']) await rm(this.file + end, { force: true });
    await copyFile(scratch, next);
    await sync(next);
    await rename(next, this.file);
    await sync(dirname(this.file));
  }

  private look(): { jobCount: number; schemaVersion: string } {
    try {
      const database = new Sqlite(this.file, { readonly: true, fileMustExist: true });
      try {
        const migrations = database
          .prepare('SELECT name FROM migrations ORDER BY timestamp, id')
          .pluck()
          .all() as string[];
        const jobCount = database.prepare('SELECT COUNT(*) FROM jobs').pluck().get() as number;
        return { jobCount, schemaVersion: schemaVersion({ migrations }) };
      } finally {
        database.close();
      }
    } catch {
      return { jobCount: 0, schemaVersion: 'none' };
    }
  }
}
