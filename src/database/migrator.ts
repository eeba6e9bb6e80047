import Sqlite from 'better-sqlite3';
import type { DataSource } from 'typeorm';
import { SystemClock } from '#libs/clock';
import { dialectOf } from './dialect.js';
import { sqliteFile } from './data-source.js';

/** Any number that other programs on the same server are unlikely to lock. */
const ADVISORY_LOCK = 7_215_330_417;
const MIGRATION_LOCK_TIMEOUT_SECONDS = 600;
const LOCK_RETRY_MS = 50;

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

async function whileLocked(source: DataSource, databaseUrl: string, work: () => Promise<unknown>): Promise<void> {
  const dialect = dialectOf(databaseUrl);
  if (dialect.name === 'sqlite') return whileFileLocked(sqliteFile(databaseUrl), work);
  const runner = source.createQueryRunner();
  const [lock, unlock] =
    dialect.name === 'postgres'
      ? [`SELECT pg_advisory_lock(${ADVISORY_LOCK})`, `SELECT pg_advisory_unlock(${ADVISORY_LOCK})`]
      : [
          `SELECT GET_LOCK(CONCAT('simpletuner-migrate-', DATABASE()), ${MIGRATION_LOCK_TIMEOUT_SECONDS})`,
          `SELECT RELEASE_LOCK(CONCAT('simpletuner-migrate-', DATABASE()))`,
        ];
  try {
    await runner.query(lock);
    await work();
  } finally {
    await runner.query(unlock);
    await runner.release();
  }
}

/** SQLite has no advisory lock; a second, empty database file beside the first lends its write lock, which a crash releases. */
async function whileFileLocked(file: string, work: () => Promise<unknown>): Promise<void> {
  if (file === ':memory:') {
    await work();
    return;
  }
  const lock = new Sqlite(`${file}-migrate.lock`, { timeout: 0 });
  try {
    await takeFileLock(lock);
    await work();
    lock.exec('COMMIT');
  } finally {
    lock.close();
  }
}

/** Asks again and again instead of letting SQLite wait, which would hold up everything else in this process. */
async function takeFileLock(lock: Sqlite.Database): Promise<void> {
  const clock = new SystemClock();
  const deadlineMs = clock.monotonicMs() + MIGRATION_LOCK_TIMEOUT_SECONDS * 1000;
  for (;;) {
    try {
      lock.exec('BEGIN EXCLUSIVE');
      return;
    } catch (error) {
      const isBusy = (error as { code?: string }).code === 'SQLITE_BUSY';
      if (!isBusy || clock.monotonicMs() > deadlineMs) throw error;
      await clock.sleep(LOCK_RETRY_MS);
    }
  }
}
