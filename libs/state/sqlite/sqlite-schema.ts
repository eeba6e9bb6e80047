import type { Database } from 'better-sqlite3';

const tables = `
  CREATE TABLE IF NOT EXISTS state_entries (
    key TEXT PRIMARY KEY, value TEXT NOT NULL, expires_at INTEGER
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS state_entries_expiry ON state_entries (expires_at) WHERE expires_at IS NOT NULL;
  CREATE TABLE IF NOT EXISTS state_windows (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, state TEXT NOT NULL, expires_at INTEGER NOT NULL
  );
  CREATE INDEX IF NOT EXISTS state_windows_expiry ON state_windows (expires_at);
  CREATE TABLE IF NOT EXISTS state_messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT NOT NULL, message TEXT NOT NULL, sent_at INTEGER NOT NULL
  );
`;

/** Milliseconds since 1970 by SQLite's own clock, the same for every process on the file. */
export const nowSql = `CAST(round(unixepoch('subsec') * 1000) AS INTEGER)`;

/** Brings a fresh or existing file to the tables this version needs; safe beside other processes doing the same. */
export function prepareDatabase(database: Database): void {
  // WAL without a sync per commit: a killed process loses nothing. A power cut may lose the last commits, never the file's
  // integrity, and takes every holder of a lease down with it, since all of them run on this machine.
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = NORMAL');
  // Checkpoints sync; fewer and larger ones keep hits from waiting for the disk.
  database.pragma('wal_autocheckpoint = 8000');
  // Kibibytes of pages kept in memory, taken as they are needed: a hundred thousand keys do not read the file for a hit.
  database.pragma('cache_size = -32768');
  const current = Number(database.pragma('user_version', { simple: true }));
  if (current >= 1) return;
  database
    .transaction(() => {
      database.exec(tables);
      database.pragma('user_version = 1');
    })
    .immediate();
}
