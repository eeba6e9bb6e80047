import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import BetterSqlite from 'better-sqlite3';
import type { StateBackend, StateBackendOptions } from '../backend.js';
import { StateUnavailable } from '../errors.js';
import { MessagePoller, messageKeptMs } from '../message-poller.js';
import { RowStore } from '../row-store.js';
import { sweepEvery } from '../sweeper.js';
import { prepareDatabase } from './sqlite-schema.js';
import { SqliteRows } from './sqlite-rows.js';
import { SqliteTurns } from './sqlite-turns.js';
import { SqliteWindow } from './sqlite-window.js';

/** Opens (and creates) the file that `sqlite:///absolute/path` names, on a connection of its own. */
export async function openSqlite(options: StateBackendOptions): Promise<StateBackend> {
  const database = openFile(options);
  const turns = new SqliteTurns(database, options.clock, options.timeoutMs);
  const rows = new SqliteRows(database, turns);
  const messages = new MessagePoller(rows, options.clock);
  const store = new RowStore(rows, messages, options.keyPrefix);
  const window = new SqliteWindow(database, turns, options.keyPrefix);
  const sweeper = sweepEvery(options.clock, sweepBatch(database, turns));
  return {
    product: 'SQLite',
    store,
    window,
    ping: async () => {
      await store.nowMs();
    },
    sweep: sweeper.sweep,
    close: async () => {
      sweeper.stop();
      messages.stop();
      turns.close();
      database.close();
    },
  };
}

function openFile(options: StateBackendOptions): BetterSqlite.Database {
  const path = options.url.replace(/^sqlite:\/\//, '');
  try {
    mkdirSync(dirname(path), { recursive: true });
    // Only while opening may SQLite itself wait: several processes may be creating the tables at this moment.
    const database = new BetterSqlite(path, { timeout: options.timeoutMs });
    prepareDatabase(database);
    database.pragma('busy_timeout = 0');
    return database;
  } catch (error) {
    throw new StateUnavailable('sqlite: the file cannot be opened', { cause: error });
  }
}

function sweepBatch(database: BetterSqlite.Database, turns: SqliteTurns): (rowsMax: number) => Promise<number> {
  const statements = [
    { sql: sweepSql('state_entries', 'key', 'expires_at'), keptMs: 0 },
    { sql: sweepSql('state_windows', 'id', 'expires_at'), keptMs: 0 },
    { sql: sweepSql('state_messages', 'id', 'sent_at'), keptMs: messageKeptMs },
  ].map(({ sql, keptMs }) => ({ statement: database.prepare<[number, number]>(sql), keptMs }));
  return (rowsMax) =>
    turns.run((nowMs) => {
      let left = rowsMax;
      for (const { statement, keptMs } of statements) left -= statement.run(nowMs - keptMs, left).changes;
      return rowsMax - left;
    });
}

function sweepSql(table: string, id: string, instant: string): string {
  return `DELETE FROM ${table} WHERE ${id} IN (SELECT ${id} FROM ${table} WHERE ${instant} <= ? LIMIT ?)`;
}
