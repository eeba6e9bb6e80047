import type { Database } from 'better-sqlite3';
import type { StoredMessage } from '../message-poller.js';

interface EntryRow {
  readonly value: string;
  readonly expires_at: number | null;
}

interface LeaseRow {
  readonly holder: string;
  readonly token: number;
  readonly expires_at: number;
}

/** The store's statements, prepared once per connection. */
export function prepareStatements(database: Database) {
  return {
    read: database.prepare<[string, number], EntryRow>(
      'SELECT value, expires_at FROM state_entries WHERE key = ? AND (expires_at IS NULL OR expires_at > ?)',
    ),
    write: database.prepare<[string, string, number | null]>(
      'REPLACE INTO state_entries (key, value, expires_at) VALUES (?, ?, ?)',
    ),
    remove: database.prepare<[string]>('DELETE FROM state_entries WHERE key = ?'),
    /** Deletes a range of keys and answers, per row, whether it was still alive. */
    removeRange: database
      .prepare<[string, string, number], number>(
        'DELETE FROM state_entries WHERE key >= ? AND key < ? RETURNING expires_at IS NULL OR expires_at > ?',
      )
      .pluck(),
    readLease: database.prepare<[string], LeaseRow>(
      'SELECT holder, token, expires_at FROM state_leases WHERE name = ?',
    ),
    writeLease: database.prepare<[string, string, number, number]>(
      'REPLACE INTO state_leases (name, holder, token, expires_at) VALUES (?, ?, ?, ?)',
    ),
    newestMessage: database
      .prepare<[], number>("SELECT seq FROM sqlite_sequence WHERE name = 'state_messages'")
      .pluck(),
    readMessages: database.prepare<[number, number], StoredMessage>(
      'SELECT id, channel, message FROM state_messages WHERE id > ? ORDER BY id LIMIT ?',
    ),
    writeMessage: database.prepare<[string, string, number]>(
      'INSERT INTO state_messages (channel, message, sent_at) VALUES (?, ?, ?)',
    ),
  };
}
