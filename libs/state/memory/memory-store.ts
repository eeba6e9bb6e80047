import type { Clock } from '../../clock/index.js';
import { checkExpiry, checkIncrement, checkKey, checkLease, checkMessage, checkPrefix, checkValue } from '../limits.js';
import { StateStore, type Lease, type Subscription } from '../state-store.js';
import { leaseKeptMs, nextToken } from '../fencing.js';

interface Entry<Value> {
  readonly value: Value;
  readonly expiresAtMs: number | undefined;
}

/** The reference model of the store: one process, its clock, nothing outlives it. */
export class MemoryStore extends StateStore {
  private readonly values = new Map<string, Entry<string>>();
  private readonly counters = new Map<string, Entry<number>>();
  private readonly hashes = new Map<string, Entry<ReadonlyMap<string, string>>>();
  private readonly leases = new Map<string, Lease>();
  private readonly handlers = new Map<string, Set<(message: string) => void>>();

  constructor(private readonly clock: Pick<Clock, 'now'>) {
    super();
  }

  override async nowMs(): Promise<number> {
    return this.clock.now();
  }

  override async get(key: string): Promise<string | undefined> {
    checkKey(key);
    return this.live(this.values, key)?.value;
  }

  override async set(key: string, value: string, expiresAtMs?: number): Promise<void> {
    checkEntry(key, value, expiresAtMs);
    this.values.set(key, { value, expiresAtMs });
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
    checkEntry(key, value ?? '', expiresAtMs);
    if (this.live(this.values, key)?.value !== expected) return false;
    if (value === undefined) this.values.delete(key);
    else this.values.set(key, { value, expiresAtMs });
    return true;
  }

  override async delete(key: string): Promise<boolean> {
    checkKey(key);
    return this.deleteWhere((each) => each === key) > 0;
  }

  override async deleteByPrefix(prefix: string): Promise<number> {
    checkPrefix(prefix);
    return this.deleteWhere((key) => key.startsWith(prefix));
  }

  override async increment(key: string, by = 1, expiresAtMs?: number): Promise<number> {
    checkKey(key);
    checkIncrement(by);
    checkExpiry(expiresAtMs);
    const entry = this.live(this.counters, key) ?? { value: 0, expiresAtMs };
    this.counters.set(key, { ...entry, value: entry.value + by });
    return entry.value + by;
  }

  override async counter(key: string): Promise<number | undefined> {
    checkKey(key);
    return this.live(this.counters, key)?.value;
  }

  override async setFields(key: string, fields: ReadonlyMap<string, string>, expiresAtMs?: number): Promise<void> {
    checkKey(key);
    checkExpiry(expiresAtMs);
    for (const [field, value] of fields) checkEntry(field, value, undefined);
    if (fields.size === 0) return;
    const entry = this.live(this.hashes, key);
    const value = new Map([...(entry?.value ?? []), ...fields]);
    this.hashes.set(key, { value, expiresAtMs: expiresAtMs ?? entry?.expiresAtMs });
  }

  override async fields(key: string): Promise<Map<string, string>> {
    checkKey(key);
    return new Map(this.live(this.hashes, key)?.value);
  }

  override async deleteField(key: string, field: string): Promise<boolean> {
    checkKey(key);
    checkKey(field);
    const entry = this.live(this.hashes, key);
    const value = new Map(entry?.value);
    if (!entry || !value.delete(field)) return false;
    if (value.size === 0) this.hashes.delete(key);
    else this.hashes.set(key, { ...entry, value });
    return true;
  }

  override async acquireLease(name: string, holder: string, ttlMs: number): Promise<Lease | undefined> {
    checkLease(name, holder, ttlMs);
    const nowMs = this.clock.now();
    const last = this.leases.get(name);
    if (last && last.expiresAtMs > nowMs) return undefined;
    return this.keepLease({ name, holder, token: nextToken(last?.token, nowMs), expiresAtMs: nowMs + ttlMs });
  }

  override async renewLease(lease: Lease, ttlMs: number): Promise<Lease | undefined> {
    checkLease(lease.name, lease.holder, ttlMs);
    const standing = this.standingLease(lease);
    return standing && this.keepLease({ ...standing, expiresAtMs: this.clock.now() + ttlMs });
  }

  override async releaseLease(lease: Lease): Promise<boolean> {
    const standing = this.standingLease(lease);
    // The row stays, expired, so that its token is never granted again.
    if (standing) this.keepLease({ ...standing, expiresAtMs: this.clock.now() });
    return standing !== undefined;
  }

  override async publish(channel: string, message: string): Promise<void> {
    checkKey(channel);
    checkMessage(message);
    for (const handler of this.handlers.get(channel) ?? []) queueMicrotask(() => handler(message));
  }

  override async subscribe(channel: string, handler: (message: string) => void): Promise<Subscription> {
    checkKey(channel);
    const handlers = this.handlers.get(channel) ?? new Set();
    this.handlers.set(channel, handlers);
    let subscribed = true;
    const listener = (message: string): void => {
      if (subscribed) handler(message);
    };
    handlers.add(listener);
    return {
      unsubscribe: async () => {
        subscribed = false;
        handlers.delete(listener);
        if (handlers.size === 0) this.handlers.delete(channel);
      },
    };
  }

  /** Drops up to `entriesMax` expired entries and answers how many. */
  sweep(entriesMax: number): number {
    let left = entriesMax;
    for (const map of [this.values, this.counters, this.hashes]) {
      for (const key of [...map.keys()].slice(0, left)) if (!this.live<unknown>(map, key)) left -= 1;
    }
    const leaseBeforeMs = this.clock.now() - leaseKeptMs;
    for (const lease of [...this.leases.values()].slice(0, left)) {
      if (lease.expiresAtMs < leaseBeforeMs && this.leases.delete(lease.name)) left -= 1;
    }
    return entriesMax - left;
  }

  private live<Value>(map: Map<string, Entry<Value>>, key: string): Entry<Value> | undefined {
    const entry = map.get(key);
    if (entry?.expiresAtMs === undefined || entry.expiresAtMs > this.clock.now()) return entry;
    map.delete(key);
    return undefined;
  }

  private deleteWhere(matches: (key: string) => boolean): number {
    let deleted = 0;
    for (const map of [this.values, this.counters, this.hashes]) {
      for (const key of [...map.keys()]) {
        if (!matches(key)) continue;
        if (this.live<unknown>(map, key)) deleted += 1;
        map.delete(key);
      }
    }
    return deleted;
  }

  private standingLease(lease: Lease): Lease | undefined {
    const last = this.leases.get(lease.name);
    const stands = last?.token === lease.token && last.holder === lease.holder && last.expiresAtMs > this.clock.now();
    return stands ? last : undefined;
  }

  private keepLease(lease: Lease): Lease {
    this.leases.set(lease.name, lease);
    return lease;
  }
}

function checkEntry(key: string, value: string, expiresAtMs: number | undefined): void {
  checkKey(key);
  checkValue(value);
  checkExpiry(expiresAtMs);
}
