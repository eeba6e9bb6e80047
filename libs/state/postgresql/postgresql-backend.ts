import { readFileSync } from 'node:fs';
import type { StateBackend, StateBackendOptions } from '../backend.js';
import { sweepEvery } from '../sweeper.js';
import { PostgresqlNotifications } from './postgresql-notifications.js';
import { PostgresqlPool } from './postgresql-pool.js';
import { PostgresqlStore } from './postgresql-store.js';
import { PostgresqlWindow } from './postgresql-window.js';

/** Any number that only this product uses: processes that start at once create the tables one after the other. */
const schemaLock = 7_331_902_446_115;

/** Connects to `postgres://` (PostgreSQL 14 or later). */
export async function openPostgresql(options: StateBackendOptions): Promise<StateBackend> {
  const pool = new PostgresqlPool(options.url, options.poolSize, options.timeoutMs, options.clock);
  try {
    await createSchema(pool);
  } catch (error) {
    await pool.close();
    throw error;
  }
  const notifications = new PostgresqlNotifications(pool, options.clock, options.keyPrefix);
  const store = new PostgresqlStore(pool, notifications, options.keyPrefix);
  const sweeper = sweepEvery(options.clock, (rowsMax) => store.sweep(rowsMax));
  let closing: Promise<void> | undefined;
  return {
    product: 'PostgreSQL',
    store,
    window: new PostgresqlWindow(pool, options.keyPrefix),
    ping: async () => {
      await store.nowMs();
    },
    sweep: sweeper.sweep,
    close: () => {
      sweeper.stop();
      return (closing ??= notifications.close().then(() => pool.close()));
    },
  };
}

function createSchema(pool: PostgresqlPool): Promise<void> {
  return pool.use(async (client) => {
    const { rows } = await client.query<{ present: boolean }>(
      `SELECT to_regclass('state_schema_1') IS NOT NULL AS present`,
    );
    if (rows[0]?.present) return;
    const schema = readFileSync(new URL('schema.sql', import.meta.url), 'utf8');
    // Several statements in one message are one transaction, which also ends the lock.
    await client.query(`SELECT pg_advisory_xact_lock(${schemaLock}); ${schema}`);
  });
}
