import { leaseKeptMs } from '../fencing.js';
import { decodeFields, encodeFields } from '../fields.js';
import { entryKey, entryKeys, entryPrefixes, prefixEnd } from '../keyspace.js';
import { checkExpiry, checkFields, checkIncrement, checkKey, checkLease, checkMessage, checkValue } from '../limits.js';
import { StateStore, type Lease, type Subscription } from '../state-store.js';
import type { PostgresqlNotifications } from './postgresql-notifications.js';
import type { PostgresqlPool, Row, Statement } from './postgresql-pool.js';
import { statements } from './postgresql-statements.js';

/** The store in PostgreSQL: every call is one prepared statement. */
export class PostgresqlStore extends StateStore {
  constructor(
    private readonly pool: PostgresqlPool,
    private readonly notifications: PostgresqlNotifications,
    private readonly keyPrefix: string,
  ) {
    super();
  }

  override async nowMs(): Promise<number> {
    return Number((await this.one(statements.now))?.[0]);
  }

  override async get(key: string): Promise<string | undefined> {
    return textOf(await this.one(statements.read, entryKey(this.keyPrefix, 'v', key)));
  }

  override async set(key: string, value: string, expiresAtMs?: number): Promise<void> {
    const name = entryKey(this.keyPrefix, 'v', key);
    checkValue(value);
    checkExpiry(expiresAtMs);
    await this.one(statements.write, name, value, expiresAtMs ?? null);
  }

  override setIfAbsent(key: string, value: string, expiresAtMs?: number): Promise<boolean> {
    return this.compareAndSet(key, undefined, value, expiresAtMs);
  }

  override async compareAndSet(
    key: string,
    expected: string | undefined,
    value: string | undefined,
    expiresAtMs?: number,
  ): Promise<boolean> {
    const name = entryKey(this.keyPrefix, 'v', key);
    checkValue(value ?? '');
    checkExpiry(expiresAtMs);
    if (value === undefined && expected === undefined) return (await this.get(key)) === undefined;
    if (value === undefined) return (await this.one(statements.removeEqual, name, expected ?? null)) !== undefined;
    const expiry = expiresAtMs ?? null;
    const row =
      expected === undefined
        ? await this.one(statements.writeIfAbsent, name, value, expiry)
        : await this.one(statements.replaceEqual, name, expected, value, expiry);
    return row !== undefined;
  }

  override async delete(key: string): Promise<boolean> {
    const rows = await Promise.all(entryKeys(this.keyPrefix, key).map((name) => this.one(statements.remove, name)));
    return rows.some((row) => row?.[0] === true);
  }

  override async deleteByPrefix(prefix: string): Promise<number> {
    const ranges = entryPrefixes(this.keyPrefix, prefix).flatMap((from) => [from, prefixEnd(from)]);
    return Number((await this.one(statements.removeRanges, ...ranges))?.[0]);
  }

  override async increment(key: string, by = 1, expiresAtMs?: number): Promise<number> {
    const name = entryKey(this.keyPrefix, 'c', key);
    checkIncrement(by);
    checkExpiry(expiresAtMs);
    return Number((await this.one(statements.increment, name, by, expiresAtMs ?? null))?.[0]);
  }

  override async counter(key: string): Promise<number | undefined> {
    const text = textOf(await this.one(statements.read, entryKey(this.keyPrefix, 'c', key)));
    return text === undefined ? undefined : Number(text);
  }

  override async setFields(key: string, fields: ReadonlyMap<string, string>, expiresAtMs?: number): Promise<void> {
    const name = entryKey(this.keyPrefix, 'h', key);
    checkFields(fields);
    checkExpiry(expiresAtMs);
    if (fields.size > 0) await this.one(statements.mergeFields, name, encodeFields(fields), expiresAtMs ?? null);
  }

  override async fields(key: string): Promise<Map<string, string>> {
    return decodeFields(textOf(await this.one(statements.read, entryKey(this.keyPrefix, 'h', key))));
  }

  override async deleteField(key: string, field: string): Promise<boolean> {
    const name = entryKey(this.keyPrefix, 'h', key);
    checkKey(field);
    return (await this.one(statements.removeField, name, field)) !== undefined;
  }

  override async acquireLease(name: string, holder: string, ttlMs: number): Promise<Lease | undefined> {
    checkLease(name, holder, ttlMs);
    const row = await this.one(statements.acquireLease, this.keyPrefix + name, holder, ttlMs);
    return row && { name, holder, token: Number(row[0]), expiresAtMs: Number(row[1]) };
  }

  override async renewLease(lease: Lease, ttlMs: number): Promise<Lease | undefined> {
    checkLease(lease.name, lease.holder, ttlMs);
    const row = await this.one(statements.moveLease, this.keyPrefix + lease.name, lease.holder, lease.token, ttlMs);
    return row && { ...lease, expiresAtMs: Number(row[0]) };
  }

  override async releaseLease(lease: Lease): Promise<boolean> {
    return (
      (await this.one(statements.moveLease, this.keyPrefix + lease.name, lease.holder, lease.token, 0)) !== undefined
    );
  }

  override async publish(channel: string, message: string): Promise<void> {
    checkKey(channel);
    checkMessage(message);
    await this.notifications.publish(channel, message);
  }

  override async subscribe(channel: string, handler: (message: string) => void): Promise<Subscription> {
    checkKey(channel);
    return this.notifications.subscribe(channel, handler);
  }

  /** Removes up to `rowsMax` expired rows of every table. */
  async sweep(rowsMax: number): Promise<number> {
    const counts = await Promise.all([
      this.one(statements.sweepEntries, 0, rowsMax),
      this.one(statements.sweepWindows, 0, rowsMax),
      this.one(statements.sweepCounters, 0, rowsMax),
      this.one(statements.sweepLeases, leaseKeptMs, rowsMax),
    ]);
    return counts.reduce((sum, row) => sum + Number(row?.[0]), 0);
  }

  private async one(statement: Statement, ...values: (string | number | null)[]): Promise<Row | undefined> {
    return (await this.pool.query(statement, values))[0];
  }
}

function textOf(row: Row | undefined): string | undefined {
  return row && String(row[0]);
}
