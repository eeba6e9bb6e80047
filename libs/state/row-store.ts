import { leaseKeptMs, nextToken } from './fencing.js';
import { decodeFields, encodeFields } from './fields.js';
import { entryKey, entryKeys, entryPrefixes, prefixEnd } from './keyspace.js';
import { checkExpiry, checkFields, checkIncrement, checkKey, checkLease, checkMessage, checkValue } from './limits.js';
import type { MessagePoller } from './message-poller.js';
import { StateStore, type Lease, type Subscription } from './state-store.js';

/** A row that has not expired; `expiresAtMs` null stays until it is deleted. */
export interface Entry {
  readonly value: string;
  readonly expiresAtMs: number | null;
}

/** What becomes of a row, and what the caller is told. */
export interface Change<Result> {
  readonly result: Result;
  /** The row to keep, `remove` to delete it, or undefined to leave it as it is. */
  readonly next?: Entry | 'remove' | undefined;
}

/** A table of named rows in a store that offers transactions rather than a language of its own. */
export interface EntryRows {
  nowMs(): Promise<number>;
  read(name: string): Promise<Entry | undefined>;
  write(name: string, entry: Entry): Promise<void>;
  /** Runs `step` on the row while nobody else can change it; under contention it may run more than once. */
  change<Result>(name: string, step: (entry: Entry | undefined, nowMs: number) => Change<Result>): Promise<Result>;
  /** Deletes the rows with from <= name < to and answers how many of them had not expired. */
  removeRanges(ranges: readonly (readonly [from: string, to: string])[]): Promise<number>;
  writeMessage(channel: string, message: string): Promise<void>;
}

interface LeaseValue {
  readonly holder: string;
  readonly token: number;
  readonly expiresAtMs: number;
}

/** The store over rows: its rules in one place for SQLite and MySQL, which differ only in how a row is read and locked. */
export class RowStore extends StateStore {
  constructor(
    private readonly rows: EntryRows,
    private readonly messages: MessagePoller,
    private readonly keyPrefix: string,
  ) {
    super();
  }

  override nowMs(): Promise<number> {
    return this.rows.nowMs();
  }

  override async get(key: string): Promise<string | undefined> {
    return (await this.rows.read(entryKey(this.keyPrefix, 'v', key)))?.value;
  }

  override async set(key: string, value: string, expiresAtMs?: number): Promise<void> {
    const name = entryKey(this.keyPrefix, 'v', key);
    checkValue(value);
    checkExpiry(expiresAtMs);
    await this.rows.write(name, { value, expiresAtMs: expiresAtMs ?? null });
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
    const next = value === undefined ? 'remove' : { value, expiresAtMs: expiresAtMs ?? null };
    return this.rows.change(name, (entry) => (entry?.value === expected ? { result: true, next } : { result: false }));
  }

  override async delete(key: string): Promise<boolean> {
    // NUL is in no key, so the range holds the name alone.
    const ranges = entryKeys(this.keyPrefix, key).map((name) => [name, `${name}\0`] as const);
    return (await this.rows.removeRanges(ranges)) > 0;
  }

  override async deleteByPrefix(prefix: string): Promise<number> {
    return this.rows.removeRanges(
      entryPrefixes(this.keyPrefix, prefix).map((from) => [from, prefixEnd(from)] as const),
    );
  }

  override async increment(key: string, by = 1, expiresAtMs?: number): Promise<number> {
    const name = entryKey(this.keyPrefix, 'c', key);
    checkIncrement(by);
    checkExpiry(expiresAtMs);
    return this.rows.change(name, (entry) => {
      const sum = Number(entry?.value ?? 0) + by;
      return {
        result: sum,
        next: { value: String(sum), expiresAtMs: entry ? entry.expiresAtMs : (expiresAtMs ?? null) },
      };
    });
  }

  override async counter(key: string): Promise<number | undefined> {
    const entry = await this.rows.read(entryKey(this.keyPrefix, 'c', key));
    return entry && Number(entry.value);
  }

  override async setFields(key: string, fields: ReadonlyMap<string, string>, expiresAtMs?: number): Promise<void> {
    const name = entryKey(this.keyPrefix, 'h', key);
    checkFields(fields);
    checkExpiry(expiresAtMs);
    if (fields.size === 0) return;
    await this.rows.change(name, (entry) => {
      const value = encodeFields(new Map([...decodeFields(entry?.value), ...fields]));
      return { result: undefined, next: { value, expiresAtMs: expiresAtMs ?? entry?.expiresAtMs ?? null } };
    });
  }

  override async fields(key: string): Promise<Map<string, string>> {
    return decodeFields((await this.rows.read(entryKey(this.keyPrefix, 'h', key)))?.value);
  }

  override async deleteField(key: string, field: string): Promise<boolean> {
    const name = entryKey(this.keyPrefix, 'h', key);
    checkKey(field);
    return this.rows.change(name, (entry): Change<boolean> => {
      const fields = decodeFields(entry?.value);
      if (!entry || !fields.delete(field)) return { result: false };
      return { result: true, next: fields.size === 0 ? 'remove' : { ...entry, value: encodeFields(fields) } };
    });
  }

  override async acquireLease(name: string, holder: string, ttlMs: number): Promise<Lease | undefined> {
    checkLease(name, holder, ttlMs);
    return this.rows.change(this.leaseName(name), (entry, nowMs): Change<Lease | undefined> => {
      const last = leaseOf(entry);
      if (last && last.expiresAtMs > nowMs) return { result: undefined };
      return granted({ name, holder, token: nextToken(last?.token, nowMs), expiresAtMs: nowMs + ttlMs });
    });
  }

  override async renewLease(lease: Lease, ttlMs: number): Promise<Lease | undefined> {
    checkLease(lease.name, lease.holder, ttlMs);
    return this.moveLease(lease, ttlMs);
  }

  override async releaseLease(lease: Lease): Promise<boolean> {
    return (await this.moveLease(lease, 0)) !== undefined;
  }

  override async publish(channel: string, message: string): Promise<void> {
    checkKey(channel);
    checkMessage(message);
    await this.rows.writeMessage(this.keyPrefix + channel, message);
  }

  override async subscribe(channel: string, handler: (message: string) => void): Promise<Subscription> {
    checkKey(channel);
    return this.messages.subscribe(this.keyPrefix + channel, handler);
  }

  private moveLease(lease: Lease, ttlMs: number): Promise<Lease | undefined> {
    return this.rows.change(this.leaseName(lease.name), (entry, nowMs): Change<Lease | undefined> => {
      const last = leaseOf(entry);
      const stands = last?.token === lease.token && last.holder === lease.holder && last.expiresAtMs > nowMs;
      return stands ? granted({ ...lease, expiresAtMs: nowMs + ttlMs }) : { result: undefined };
    });
  }

  private leaseName(name: string): string {
    checkKey(name);
    return `${this.keyPrefix}l:${name}`;
  }
}

function leaseOf(entry: Entry | undefined): LeaseValue | undefined {
  return entry && (JSON.parse(entry.value) as LeaseValue);
}

/** The row outlives the lease, so that its token is never granted again. */
function granted({ name, holder, token, expiresAtMs }: Lease): Change<Lease> {
  const value: LeaseValue = { holder, token, expiresAtMs };
  return {
    result: { name, holder, token, expiresAtMs },
    next: { value: JSON.stringify(value), expiresAtMs: expiresAtMs + leaseKeptMs },
  };
}
