import type { StateBackend, StateBackendOptions } from '../backend.js';
import { MessagePoller, messageKeptMs } from '../message-poller.js';
import { RowStore } from '../row-store.js';
import { sweepEvery } from '../sweeper.js';
import { MysqlPool } from './mysql-pool.js';
import { MysqlRows } from './mysql-rows.js';
import { nowSql, routines, tables } from './mysql-schema.js';
import { MysqlWindow } from './mysql-window.js';

/** Connects to `mysql://`: MySQL 8.0 or MariaDB 10.9 and later (JSON ranges); the account may create tables and routines. */
export async function openMysql(options: StateBackendOptions): Promise<StateBackend> {
  const pool = new MysqlPool(options.url, options.poolSize, options.timeoutMs, options.clock);
  let product: string;
  try {
    await createSchema(pool, options.timeoutMs);
    product = await productOf(pool);
  } catch (error) {
    await pool.close();
    throw error;
  }
  const rows = new MysqlRows(pool);
  const messages = new MessagePoller(rows, options.clock);
  const sweeper = sweepEvery(options.clock, (rowsMax) => sweepBatch(pool, rowsMax));
  let closing: Promise<void> | undefined;
  return {
    product,
    store: new RowStore(rows, messages, options.keyPrefix),
    window: new MysqlWindow(pool, options.keyPrefix),
    ping: async () => {
      await rows.nowMs();
    },
    sweep: sweeper.sweep,
    close: () => {
      sweeper.stop();
      messages.stop();
      return (closing ??= pool.close());
    },
  };
}

async function productOf(pool: MysqlPool): Promise<string> {
  const { rows } = await pool.execute('SELECT VERSION()', []);
  return String(rows[0]?.[0]).includes('MariaDB') ? 'MariaDB' : 'MySQL';
}

function createSchema(pool: MysqlPool, timeoutMs: number): Promise<void> {
  return pool.use(async (session) => {
    // Processes that start at once create what is missing one after the other.
    await session.query(`SELECT GET_LOCK(CONCAT('state:', SHA1(DATABASE())), ${Math.ceil(timeoutMs / 1_000)})`);
    for (const table of tables) await session.query(table);
    const { rows } = await session.query(
      "SELECT ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE() AND ROUTINE_TYPE = 'PROCEDURE'",
    );
    const present = new Set(rows.map(([name]) => String(name)));
    for (const [name, routine] of routines) if (!present.has(name)) await session.query(routine);
    await session.query("SELECT RELEASE_LOCK(CONCAT('state:', SHA1(DATABASE())))");
  });
}

async function sweepBatch(pool: MysqlPool, rowsMax: number): Promise<number> {
  const sweeps = [
    { table: 'state_entries', instant: 'expires_at', keptMs: 0 },
    { table: 'state_windows', instant: 'expires_at', keptMs: 0 },
    { table: 'state_window_counters', instant: 'expires_at', keptMs: 0 },
    { table: 'state_messages', instant: 'sent_at', keptMs: messageKeptMs },
  ];
  let swept = 0;
  for (const { table, instant, keptMs } of sweeps) {
    // The subquery is evaluated once, so that the index on the instant serves; the two counts are constants of ours.
    const expired = `${instant} <= (SELECT ${nowSql} - ${keptMs})`;
    const { affectedRows } = await pool.use((session) =>
      session.query(`DELETE FROM ${table} WHERE ${expired} LIMIT ${rowsMax}`),
    );
    swept += affectedRows;
  }
  return swept;
}
