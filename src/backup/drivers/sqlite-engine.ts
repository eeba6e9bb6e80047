import { copyFile, link, mkdir, mkdtemp, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { sqliteFile } from '../../database/index.js';
import type { Contents, DatabaseInfo } from '../backup.js';
import { schemaVersion } from '../backup.js';
import { BackupEngine, type Scratch } from '../backup-engine.js';
import { databaseDamaged, impossible } from '../backup.errors.js';
import { sync } from '../files.js';
import { checkDatabase, copyDatabase, examineDatabase, replaceDatabase, SqliteFault } from './sqlite-thread.js';

/** What lies beside a database and belongs to it alone. */
const LOGS = ['-wal', '-shm', '-journal'];

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
    // SQLite deletes the log beside a file of no bytes when it opens that.
    const seen = sizes[0] === 0 ? { jobCount: 0, schemaVersion: 'none' } : this.look();
    return { database: 'sqlite', path: this.file, bytes, ...seen };
  }

  override async hasRecords(): Promise<boolean> {
    const found = await stat(this.file).catch(() => undefined);
    if (found?.isDirectory())
      throw impossible(`In the place of the database, ${this.file}, is a folder: move it away. Nothing was changed.`);
    return (found?.size ?? 0) > 0;
  }

  override async damage(): Promise<string | undefined> {
    try {
      await checkDatabase(this.file);
      return undefined;
    } catch (error) {
      // What else stands in the way is told by who opens it.
      return error instanceof SqliteFault && error.isDamage ? error.message : undefined;
    }
  }

  override async dump(file: string): Promise<Contents> {
    try {
      await copyDatabase(this.file, file);
      return await examineDatabase(file);
    } catch (error) {
      if (!(error instanceof SqliteFault)) throw error;
      if (error.isDamage) throw databaseDamaged(this.file, error.message, error);
      throw impossible(`The database ${this.file} cannot be copied: ${error.message}.`, error);
    }
  }

  override async restoreToScratch(file: string, folder: string): Promise<Scratch> {
    const scratch = join(folder, 'scratch.db');
    await copyFile(file, scratch);
    return {
      databaseUrl: `sqlite://${scratch.replaceAll('%', '%25')}`,
      examine: () => examineDatabase(scratch),
      replaceLive: (isDamaged) => this.replaceBy(scratch, isDamaged),
      discard: async () => {
        for (const end of ['', '-wal', '-shm', '-migrate.lock']) await rm(scratch + end, { force: true });
      },
    };
  }

  private async replaceBy(scratch: string, isDamaged: boolean): Promise<string | undefined> {
    if (isDamaged || !(await this.hasRecords())) return this.moveIn(scratch);
    try {
      await replaceDatabase(scratch, this.file);
      return undefined;
    } catch (error) {
      if (!(error instanceof SqliteFault)) throw error;
      if (!error.isDamage)
        throw impossible(`SQLite did not take the records: ${error.message}. Nothing was changed.`, error);
      return this.moveIn(scratch);
    }
  }

  /** Puts a new file in the place of the database. Returns where the files that were there are kept, if there were any. */
  private async moveIn(scratch: string): Promise<string | undefined> {
    // Not the link that leads to the file.
    const file = await realpath(this.file).catch(() => this.file);
    const next = `${file}.restored`;
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    try {
      await copyFile(scratch, next);
      await sync(next);
      await checkDatabase(next);
      const kept = await setAside(file);
      // A log that belongs to another file would be played into this one.
      for (const end of LOGS) await rm(file + end, { force: true });
      await rename(next, file);
      await sync(dirname(file));
      return kept;
    } finally {
      for (const end of ['', ...LOGS]) await rm(next + end, { force: true });
    }
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

/** Keeps files as they are, for whoever wants to recover something from them; undefined where nothing is in them. */
async function setAside(file: string): Promise<string | undefined> {
  const ends: string[] = [];
  for (const end of ['', ...LOGS]) if (((await stat(file + end).catch(() => undefined))?.size ?? 0) > 0) ends.push(end);
  // What is shared among readers says nothing by itself.
  if (ends.every((end) => end === '-shm')) return undefined;
  const folder = await mkdtemp(join(dirname(file), `damaged-${basename(file)}-`));
  for (const end of ends) {
    const kept = join(folder, basename(file) + end);
    // Where a file cannot have two names.
    await link(file + end, kept).catch(() => copyFile(file + end, kept));
  }
  await sync(folder);
  return folder;
}
