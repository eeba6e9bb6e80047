import type { Database } from 'better-sqlite3';
import type { MessageSource, StoredMessage } from '../message-poller.js';
import type { Change, Entry, EntryRows } from '../row-store.js';
import type { SqliteTurns } from './sqlite-turns.js';

/** Rows in SQLite's file: reads at once, changes under the write lock. */
export class SqliteRows implements EntryRows, MessageSource {
  private readonly statements;

  constructor(
    database: Database,
    private readonly turns: SqliteTurns,
  ) {
    this.statements = prepare(database);
  }

  nowMs(): Promise<number> {
    return this.turns.read((nowMs) => nowMs);
  }

  read(name: string): Promise<Entry | undefined> {
    return this.turns.read((nowMs) => this.statements.read.get(name, nowMs));
  }

  async write(name: string, entry: Entry): Promise<void> {
    await this.turns.run(() => this.statements.write.run(name, entry.value, entry.expiresAtMs));
  }

  change<Result>(name: string, step: (entry: Entry | undefined, nowMs: number) => Change<Result>): Promise<Result> {
    return this.turns.run((nowMs) => {
      const { result, next } = step(this.statements.read.get(name, nowMs), nowMs);
      if (next === 'remove') this.statements.remove.run(name);
      else if (next) this.statements.write.run(name, next.value, next.expiresAtMs);
      return result;
    });
  }

  removeRanges(ranges: readonly (readonly [from: string, to: string])[]): Promise<number> {
    return this.turns.run((nowMs) =>
      ranges.reduce(
        (sum, [from, to]) => sum + this.statements.removeRange.all(from, to, nowMs).filter(Boolean).length,
        0,
      ),
    );
  }

  async writeMessage(channel: string, message: string): Promise<void> {
    await this.turns.run((nowMs) => this.statements.writeMessage.run(channel, message, nowMs));
  }

  newestId(): Promise<number> {
    return this.turns.read(() => this.statements.newestMessage.get() ?? 0);
  }

  readMessages(afterId: number, rowsMax: number): Promise<readonly StoredMessage[]> {
    return this.turns.read(() => this.statements.readMessages.all(afterId, rowsMax));
  }
}

function prepare(database: Database) {
  return {
    read: database.prepare<[string, number], Entry>(
      `SELECT value, expires_at AS expiresAtMs FROM state_entries
       WHERE key = ? AND (expires_at IS NULL OR expires_at > ?)`,
    ),
    write: database.prepare<[string, string, number | null]>(
      'REPLACE INTO state_entries (key, value, expires_at) VALUES (?, ?, ?)',
    ),
    remove: database.prepare<[string]>('DELETE FROM state_entries WHERE key = ?'),
    /** Answers, per deleted row, whether it had not expired. */
    removeRange: database
      .prepare<[string, string, number], number>(
        'DELETE FROM state_entries WHERE key >= ? AND key < ? RETURNING expires_at IS NULL OR expires_at > ?',
      )
      .pluck(),
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
