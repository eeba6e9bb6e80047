import Sqlite from 'better-sqlite3';
import type { DataSource, QueryRunner } from 'typeorm';
import { SystemClock } from '#libs/clock';
import { getLogger } from '#libs/log';
import { dialectOf } from './dialect.js';
import { sqliteFile } from './data-source.js';

/** Any number that other programs on the same server are unlikely to lock. */
const ADVISORY_LOCK = 7_215_330_417;
const MIGRATION_LOCK_TIMEOUT_MS = 600_000;
const LOCK_RETRY_MS = 50;

const log = getLogger('database');

/** Applies every pending migration and names them; when several processes start at once, one does it and the others wait. */
export async function migrate(source: DataSource, databaseUrl: string): Promise<string[]> {
  let applied: string[] = [];
  await whileLocked(source, databaseUrl, async () => {
    applied = (await source.runMigrations()).map((migration) => migration.name);
  });
  return applied;
}

/** Whether a migration is still to be applied. */
export function hasPendingMigrations(source: DataSource): Promise<boolean> {
  return source.showMigrations();
}

/** Names of migrations that the database has seen and this server does not know. */
export async function unknownMigrations(source: DataSource): Promise<string[]> {
  const runner = source.createQueryRunner();
  try {
    if (!(await runner.hasTable('migrations'))) return [];
    const applied = (await runner.query('SELECT name FROM migrations')) as { name: string }[];
    const known = new Set(source.migrations.map((migration) => migration.name ?? migration.constructor.name));
    return applied.map(({ name }) => name).filter((name) => !known.has(name));
  } finally {
    await runner.release();
  }
}

/** Runs `work` while no other process migrates or replaces this database. Locks are asked for again and again, so that nothing waits inside a statement. */
export async function whileLocked(
  source: DataSource,
  databaseUrl: string,
  work: () => Promise<unknown>,
): Promise<void> {
  const { name } = dialectOf(databaseUrl);
  const lock = name === 'sqlite' ? new FileLock(sqliteFile(databaseUrl)) : new ServerLock(source, serverLocks[name]);
  const clock = new SystemClock();
  const deadlineMs = clock.monotonicMs() + MIGRATION_LOCK_TIMEOUT_MS;
  try {
    while (!(await lock.take())) {
      if (clock.monotonicMs() > deadlineMs)
        throw new Error('Another process has been migrating the database for too long');
      await clock.sleep(LOCK_RETRY_MS);
    }
    await work();
  } finally {
    // The end of the session gives it back too: what was done under it is done.
    await lock.release().catch((error: unknown) => log.warning('A lock was not given back', { error }));
  }
}

/** MySQL's lock names end at 64 characters, so the name of the database is hashed. */
const MYSQL_LOCK = `CONCAT('simpletuner-migrate-', MD5(DATABASE()))`;

/** Each answers 1 when the lock is ours now; a session that ends gives it back. */
const serverLocks = {
  postgres: {
    take: `SELECT CASE WHEN pg_try_advisory_lock(${ADVISORY_LOCK}) THEN 1 ELSE 0 END AS taken`,
    release: `SELECT pg_advisory_unlock(${ADVISORY_LOCK})`,
  },
  mysql: { take: `SELECT GET_LOCK(${MYSQL_LOCK}, 0) AS taken`, release: `SELECT RELEASE_LOCK(${MYSQL_LOCK})` },
};

class ServerLock {
  private readonly runner: QueryRunner;
  private isTaken = false;

  constructor(
    source: DataSource,
    private readonly statements: { readonly take: string; readonly release: string },
  ) {
    this.runner = source.createQueryRunner();
  }

  async take(): Promise<boolean> {
    const rows = (await this.runner.query(this.statements.take)) as { taken: number | string }[];
    this.isTaken = Number(rows[0]?.taken) === 1;
    return this.isTaken;
  }

  async release(): Promise<void> {
    try {
      if (this.isTaken) await this.runner.query(this.statements.release);
    } finally {
      await this.runner.release();
    }
  }
}

/** SQLite has no advisory lock; a second, empty database file beside the first lends its write lock, which a crash releases. */
class FileLock {
  private readonly file: Sqlite.Database | undefined;

  constructor(databaseFile: string) {
    if (databaseFile !== ':memory:') this.file = new Sqlite(`${databaseFile}-migrate.lock`, { timeout: 0 });
  }

  take(): Promise<boolean> {
    try {
      this.file?.exec('BEGIN EXCLUSIVE');
      return Promise.resolve(true);
    } catch (error) {
      if ((error as { code?: string }).code === 'SQLITE_BUSY') return Promise.resolve(false);
      throw error;
    }
  }

  release(): Promise<void> {
    this.file?.close();
    return Promise.resolve();
  }
}
