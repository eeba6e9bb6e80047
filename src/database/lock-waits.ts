import { randomInt } from 'node:crypto';
import type BetterSqlite3 from 'better-sqlite3';
import type { DataSource } from 'typeorm';
import type { Clock } from '#libs/clock';
import { isLocked } from './errors.js';

/** How long a statement waits for another process's lock on the SQLite file. */
export const SQLITE_LOCK_PATIENCE_MS = 5_000;
/** Longest pause between two tries: of the order of a transaction, so that little of the time of the file is lost. */
const PAUSE_MS_MAX = 5;

/**
 * From now on statements wait for another process's lock on the SQLite file beside the event loop. The driver by itself waits inside
 * the call, and everything else that this process does would wait with it. Only for a server that has been started: before,
 * there is nothing else to do.
 *
 * A statement that finds the file locked has not begun, so it can be tried again; inside a transaction none does, for the lock is
 * taken with the first of its statements (BEGIN IMMEDIATE).
 */
export function waitBesideLocks(source: DataSource, clock: Clock): void {
  if (source.options.type !== 'better-sqlite3') return;
  const { databaseConnection } = source.driver as unknown as { databaseConnection: BetterSqlite3.Database };
  databaseConnection.pragma('busy_timeout = 0');
  // There is one for the whole life of the connection.
  const runner = source.createQueryRunner();
  const query = runner.query.bind(runner) as (...statement: unknown[]) => Promise<unknown>;
  const patiently = async (...statement: unknown[]): Promise<unknown> => {
    const deadlineMs = clock.monotonicMs() + SQLITE_LOCK_PATIENCE_MS;
    for (;;) {
      try {
        return await query(...statement);
      } catch (error) {
        if (!isLocked(error) || clock.monotonicMs() >= deadlineMs) throw error;
        // By chance, so that processes which wait for the same lock do not come back at the same moment.
        await clock.sleep(1 + randomInt(PAUSE_MS_MAX));
      }
    }
  };
  runner.query = patiently as typeof runner.query;
}
