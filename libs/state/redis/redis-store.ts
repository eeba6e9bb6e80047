import type { Redis } from 'ioredis';
import { leaseKeptMs } from '../fencing.js';
import {
  checkExpiry,
  checkFields,
  checkIncrement,
  checkKey,
  checkLease,
  checkMessage,
  checkPrefix,
  checkValue,
} from '../limits.js';
import { StateStore, type Lease, type Subscription } from '../state-store.js';
import type { RedisClient, RedisConnection } from './redis-connection.js';
import type { RedisNames } from './redis-names.js';
import type { RedisSubscriptions } from './redis-subscriptions.js';

/** Keys looked at in one step of a scan. */
const scanCount = 1_000;

/** The store on Redis 6.2 or later: its own types, and a script where one command is not enough. */
export class RedisStore extends StateStore {
  constructor(
    private readonly connection: RedisConnection,
    private readonly subscriptions: RedisSubscriptions,
    private readonly names: RedisNames,
  ) {
    super();
  }

  override async nowMs(): Promise<number> {
    const [seconds, microseconds] = await this.connection.run((redis) => redis.time());
    return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
  }

  override async get(key: string): Promise<string | undefined> {
    const name = this.names.of('v', key);
    return (await this.connection.run((redis) => redis.get(name))) ?? undefined;
  }

  override async set(key: string, value: string, expiresAtMs?: number): Promise<void> {
    const name = this.names.of('v', key);
    checkValue(value);
    const expiry = expiryOf(expiresAtMs);
    await this.connection.run((redis) =>
      expiry === '' ? redis.set(name, value) : redis.set(name, value, 'PXAT', expiry),
    );
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
    const name = this.names.of('v', key);
    checkValue(value ?? '');
    const wanted = expected === undefined ? [0, ''] : [1, expected];
    const next = value === undefined ? [0, ''] : [1, value];
    const expiry = expiryOf(expiresAtMs);
    return (await this.connection.run((_, scripts) => scripts.compareAndSet(name, ...wanted, ...next, expiry))) === 1;
  }

  override async delete(key: string): Promise<boolean> {
    const names = [this.names.of('v', key), this.names.of('c', key), this.names.of('h', key)];
    return (await this.connection.run((redis) => redis.unlink(...names))) > 0;
  }

  override async deleteByPrefix(prefix: string): Promise<number> {
    checkPrefix(prefix);
    let deleted = 0;
    for (const kind of ['v', 'c', 'h'] as const) {
      const pattern = `${escapeGlob(this.names.beginning(kind, prefix))}*`;
      for (const keeper of this.connection.keepers()) deleted += await this.deleteOn(keeper, pattern);
    }
    return deleted;
  }

  private async deleteOn(keeper: Redis, pattern: string): Promise<number> {
    let deleted = 0;
    let cursor = '0';
    do {
      const [next, names] = await this.connection.run(() => keeper.scan(cursor, 'MATCH', pattern, 'COUNT', scanCount));
      if (names.length > 0) deleted += await this.connection.run((redis) => unlinkEach(redis, names));
      cursor = next;
    } while (cursor !== '0');
    return deleted;
  }

  override async increment(key: string, by = 1, expiresAtMs?: number): Promise<number> {
    const name = this.names.of('c', key);
    checkIncrement(by);
    const expiry = expiryOf(expiresAtMs);
    return this.connection.run((_, scripts) => scripts.increment(name, by, expiry));
  }

  override async counter(key: string): Promise<number | undefined> {
    const name = this.names.of('c', key);
    const value = await this.connection.run((redis) => redis.get(name));
    return value === null ? undefined : Number(value);
  }

  override async setFields(key: string, fields: ReadonlyMap<string, string>, expiresAtMs?: number): Promise<void> {
    const name = this.names.of('h', key);
    checkFields(fields);
    const expiry = expiryOf(expiresAtMs);
    if (fields.size === 0) return;
    await this.connection.run((_, scripts) => scripts.setFields(name, expiry, ...[...fields].flat()));
  }

  override async fields(key: string): Promise<Map<string, string>> {
    const name = this.names.of('h', key);
    return new Map(Object.entries(await this.connection.run((redis) => redis.hgetall(name))));
  }

  override async deleteField(key: string, field: string): Promise<boolean> {
    const name = this.names.of('h', key);
    checkKey(field);
    return (await this.connection.run((redis) => redis.hdel(name, field))) === 1;
  }

  override async acquireLease(name: string, holder: string, ttlMs: number): Promise<Lease | undefined> {
    checkLease(name, holder, ttlMs);
    return this.lease('acquire', { name, holder, token: 0, expiresAtMs: 0 }, ttlMs);
  }

  override async renewLease(lease: Lease, ttlMs: number): Promise<Lease | undefined> {
    checkLease(lease.name, lease.holder, ttlMs);
    return this.lease('renew', lease, ttlMs);
  }

  override async releaseLease(lease: Lease): Promise<boolean> {
    return (await this.lease('release', lease, 0)) !== undefined;
  }

  override async publish(channel: string, message: string): Promise<void> {
    const name = this.names.channel(channel);
    checkMessage(message);
    await this.connection.run(() => this.connection.publisher().publish(name, message));
  }

  override async subscribe(channel: string, handler: (message: string) => void): Promise<Subscription> {
    return this.subscriptions.subscribe(this.names.channel(channel), handler);
  }

  private async lease(step: 'acquire' | 'renew' | 'release', lease: Lease, ttlMs: number): Promise<Lease | undefined> {
    const name = this.names.of('l', lease.name);
    const reply = await this.connection.run((_, scripts) =>
      scripts.lease(name, step, lease.holder, ttlMs, lease.token, leaseKeptMs),
    );
    return reply ? { ...lease, token: Number(reply[0]), expiresAtMs: Number(reply[1]) } : undefined;
  }
}

/** Removes keys one by one, for on a cluster they lie on different nodes; sent together by the client. */
async function unlinkEach(redis: RedisClient, names: readonly string[]): Promise<number> {
  const counts = await Promise.all(names.map((name) => redis.unlink(name)));
  return counts.reduce((sum, each) => sum + each, 0);
}

function escapeGlob(text: string): string {
  return text.replace(/[\\*?[\]^-]/g, '\\$&');
}

function expiryOf(expiresAtMs: number | undefined): string | number {
  checkExpiry(expiresAtMs);
  // Redis keeps a key through the millisecond that is named, and refuses 0, which has passed as much as 1 has.
  return expiresAtMs === undefined ? '' : Math.max(1, expiresAtMs - 1);
}
