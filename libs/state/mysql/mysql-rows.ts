import type { MessageSource, StoredMessage } from '../message-poller.js';
import type { Change, Entry, EntryRows } from '../row-store.js';
import type { MysqlPool, Outcome, Row } from './mysql-pool.js';
import { nowSql } from './mysql-schema.js';

const alive = `(expires_at IS NULL OR expires_at > ${nowSql})`;
const statements = {
  now: `SELECT ${nowSql}`,
  read: `SELECT value, expires_at FROM state_entries WHERE \`key\` = ? AND ${alive}`,
  write: `INSERT INTO state_entries (\`key\`, value, expires_at) VALUES (?, ?, ?)
          ON DUPLICATE KEY UPDATE value = VALUES(value), expires_at = VALUES(expires_at)`,
  // A row that is not there cannot be locked: an expired one is put there first.
  lock: `INSERT INTO state_entries (\`key\`, value, expires_at) VALUES (?, '', 0) ON DUPLICATE KEY UPDATE \`key\` = VALUES(\`key\`)`,
  readLocked: `SELECT value, expires_at, ${nowSql} FROM state_entries WHERE \`key\` = ? FOR UPDATE`,
  remove: 'DELETE FROM state_entries WHERE `key` = ?',
  removeRange: `DELETE FROM state_entries WHERE \`key\` >= ? AND \`key\` < ? AND ${alive}`,
  newestMessage: 'SELECT COALESCE(MAX(id), 0) FROM state_messages',
  readMessages: 'SELECT id, channel, message FROM state_messages WHERE id > ? ORDER BY id LIMIT ?',
  writeMessage: `INSERT INTO state_messages (channel, message, sent_at) VALUES (?, ?, ${nowSql})`,
};

/** Rows in MySQL or MariaDB: a change is a short transaction that holds the row's lock. */
export class MysqlRows implements EntryRows, MessageSource {
  constructor(private readonly pool: MysqlPool) {}

  async nowMs(): Promise<number> {
    return Number((await this.pool.execute(statements.now, [])).rows[0]?.[0]);
  }

  async read(name: string): Promise<Entry | undefined> {
    return entryOf(await this.pool.execute(statements.read, [name]));
  }

  async write(name: string, entry: Entry): Promise<void> {
    await this.pool.execute(statements.write, [name, entry.value, entry.expiresAtMs]);
  }

  change<Result>(name: string, step: (entry: Entry | undefined, nowMs: number) => Change<Result>): Promise<Result> {
    return this.pool.transaction(async (session) => {
      await session.execute(statements.lock, [name]);
      const outcome = await session.execute(statements.readLocked, [name]);
      const nowMs = Number(outcome.rows[0]?.[2]);
      const kept = entryOf(outcome);
      const entry = kept && (kept.expiresAtMs === null || kept.expiresAtMs > nowMs) ? kept : undefined;
      const { result, next } = step(entry, nowMs);
      if (next === 'remove' || (!next && !entry)) await session.execute(statements.remove, [name]);
      else if (next) await session.execute(statements.write, [name, next.value, next.expiresAtMs]);
      return result;
    });
  }

  async removeRanges(ranges: readonly (readonly [from: string, to: string])[]): Promise<number> {
    const outcomes = await Promise.all(
      ranges.map(([from, to]) => this.pool.execute(statements.removeRange, [from, to])),
    );
    return outcomes.reduce((sum, { affectedRows }) => sum + affectedRows, 0);
  }

  async writeMessage(channel: string, message: string): Promise<void> {
    await this.pool.execute(statements.writeMessage, [channel, message]);
  }

  async newestId(): Promise<number> {
    return Number((await this.pool.execute(statements.newestMessage, [])).rows[0]?.[0]);
  }

  async readMessages(afterId: number, rowsMax: number): Promise<readonly StoredMessage[]> {
    // As text: MySQL 8 takes no number of the client for a prepared LIMIT.
    const { rows } = await this.pool.execute(statements.readMessages, [afterId, String(rowsMax)]);
    return rows.map(([id, channel, message]) => ({
      id: Number(id),
      channel: String(channel),
      message: String(message),
    }));
  }
}

function entryOf(outcome: Outcome): Entry | undefined {
  const row: Row | undefined = outcome.rows[0];
  if (!row) return undefined;
  const [value, expiresAtMs] = row;
  return { value: String(value), expiresAtMs: expiresAtMs === null ? null : Number(expiresAtMs) };
}
