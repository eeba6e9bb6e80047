import type { Database } from 'better-sqlite3';
import type { Clock } from '../../clock/index.js';
import { nextToken } from '../fencing.js';
import { decodeFields, encodeFields } from '../fields.js';
import { entryKey, entryKeys, entryPrefixes, prefixEnd } from '../keyspace.js';
import { checkExpiry, checkFields, checkIncrement, checkKey, checkLease, checkMessage, checkValue } from '../limits.js';
import { MessagePoller } from '../message-poller.js';
import { StateStore, type Lease, type Subscription } from '../state-store.js';
import { prepareStatements } from './sqlite-statements.js';
import type { SqliteTurns } from './sqlite-turns.js';

/** The store in SQLite's file: one row per entry, written in turns. */
export class SqliteStore extends StateStore {
  private readonly statements;
  readonly messages: MessagePoller;

  constructor(
    database: Database,
    private readonly turns: SqliteTurns,
    private readonly keyPrefix: string,
    clock: Clock,
  ) {
    super();
    this.statements = prepareStatements(database);
    this.messages = new MessagePoller(
      {
        newestId: () => turns.read(() => this.statements.newestMessage.get() ?? 0),
        read: (afterId, rowsMax) => turns.read(() => this.statements.readMessages.all(afterId, rowsMax)),
      },
      clock,
    );
  }

  override nowMs(): Promise<number> {
    return this.turns.read((nowMs) => nowMs);
  }

  override async get(key: string): Promise<string | undefined> {
    const name = entryKey(this.keyPrefix, 'v', key);
    return this.turns.read((nowMs) => this.statements.read.get(name, nowMs)?.value);
  }

  override async set(key: string, value: string, expiresAtMs?: number): Promise<void> {
    const name = entryKey(this.keyPrefix, 'v', key);
    checkValue(value);
    checkExpiry(expiresAtMs);
    await this.turns.run(() => this.statements.write.run(name, value, expiresAtMs ?? null));
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
    return this.turns.run((nowMs) => {
      if (this.statements.read.get(name, nowMs)?.value !== expected) return false;
      if (value === undefined) this.statements.remove.run(name);
      else this.statements.write.run(name, value, expiresAtMs ?? null);
      return true;
    });
  }

  override async delete(key: string): Promise<boolean> {
    const names = entryKeys(this.keyPrefix, key);
    return this.turns.run(
      (nowMs) => names.filter((name) => this.statements.removeRange.get(name, `${name}\0`, nowMs)).length > 0,
    );
  }

  override async deleteByPrefix(prefix: string): Promise<number> {
    const ranges = entryPrefixes(this.keyPrefix, prefix).map((from) => [from, prefixEnd(from)] as const);
    return this.turns.run((nowMs) =>
      ranges.reduce(
        (sum, [from, to]) => sum + this.statements.removeRange.all(from, to, nowMs).filter(Boolean).length,
        0,
      ),
    );
  }

  override async increment(key: string, by = 1, expiresAtMs?: number): Promise<number> {
    const name = entryKey(this.keyPrefix, 'c', key);
    checkIncrement(by);
    checkExpiry(expiresAtMs);
    return this.turns.run((nowMs) => {
      const row = this.statements.read.get(name, nowMs);
      const sum = Number(row?.value ?? 0) + by;
      this.statements.write.run(name, String(sum), row ? row.expires_at : (expiresAtMs ?? null));
      return sum;
    });
  }

  override async counter(key: string): Promise<number | undefined> {
    const name = entryKey(this.keyPrefix, 'c', key);
    return this.turns.read((nowMs) => {
      const row = this.statements.read.get(name, nowMs);
      return row && Number(row.value);
    });
  }

  override async setFields(key: string, fields: ReadonlyMap<string, string>, expiresAtMs?: number): Promise<void> {
    const name = entryKey(this.keyPrefix, 'h', key);
    checkFields(fields);
    checkExpiry(expiresAtMs);
    if (fields.size === 0) return;
    await this.turns.run((nowMs) => {
      const row = this.statements.read.get(name, nowMs);
      const merged = new Map([...decodeFields(row?.value), ...fields]);
      this.statements.write.run(name, encodeFields(merged), expiresAtMs ?? row?.expires_at ?? null);
    });
  }

  override async fields(key: string): Promise<Map<string, string>> {
    const name = entryKey(this.keyPrefix, 'h', key);
    return this.turns.read((nowMs) => decodeFields(this.statements.read.get(name, nowMs)?.value));
  }

  override async deleteField(key: string, field: string): Promise<boolean> {
    const name = entryKey(this.keyPrefix, 'h', key);
    checkKey(field);
    return this.turns.run((nowMs) => {
      const row = this.statements.read.get(name, nowMs);
      const fields = decodeFields(row?.value);
      if (!row || !fields.delete(field)) return false;
      if (fields.size === 0) this.statements.remove.run(name);
      else this.statements.write.run(name, encodeFields(fields), row.expires_at);
      return true;
    });
  }

  override async acquireLease(name: string, holder: string, ttlMs: number): Promise<Lease | undefined> {
    checkLease(name, holder, ttlMs);
    return this.turns.run((nowMs) => {
      const last = this.statements.readLease.get(this.keyPrefix + name);
      if (last && last.expires_at > nowMs) return undefined;
      return this.writeLease({ name, holder, token: nextToken(last?.token, nowMs), expiresAtMs: nowMs + ttlMs });
    });
  }

  override async renewLease(lease: Lease, ttlMs: number): Promise<Lease | undefined> {
    checkLease(lease.name, lease.holder, ttlMs);
    return this.turns.run((nowMs) =>
      this.stands(lease, nowMs) ? this.writeLease({ ...lease, expiresAtMs: nowMs + ttlMs }) : undefined,
    );
  }

  override async releaseLease(lease: Lease): Promise<boolean> {
    return this.turns.run((nowMs) => {
      if (!this.stands(lease, nowMs)) return false;
      // The row stays, expired, so that its token is never granted again.
      this.writeLease({ ...lease, expiresAtMs: nowMs });
      return true;
    });
  }

  override async publish(channel: string, message: string): Promise<void> {
    checkKey(channel);
    checkMessage(message);
    await this.turns.run((nowMs) => this.statements.writeMessage.run(this.keyPrefix + channel, message, nowMs));
  }

  override async subscribe(channel: string, handler: (message: string) => void): Promise<Subscription> {
    checkKey(channel);
    return this.messages.subscribe(this.keyPrefix + channel, handler);
  }

  private stands(lease: Lease, nowMs: number): boolean {
    const last = this.statements.readLease.get(this.keyPrefix + lease.name);
    return last?.token === lease.token && last.holder === lease.holder && last.expires_at > nowMs;
  }

  private writeLease(lease: Lease): Lease {
    this.statements.writeLease.run(this.keyPrefix + lease.name, lease.holder, lease.token, lease.expiresAtMs);
    return lease;
  }
}
