import type { DataSource } from 'typeorm';
import { processLock, takeInTime } from './process-lock.js';

const MIGRATION_LOCK_TIMEOUT_MS = 600_000;

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

/** Runs `work` while no other process migrates or replaces this database. */
export async function whileLocked(
  source: DataSource,
  databaseUrl: string,
  work: () => Promise<unknown>,
): Promise<void> {
  const lock = processLock(source, databaseUrl, 'migrate');
  try {
    if (!(await takeInTime(lock, MIGRATION_LOCK_TIMEOUT_MS)))
      throw new Error('Another process has been migrating the database for too long');
    await work();
  } finally {
    await lock.release();
  }
}
