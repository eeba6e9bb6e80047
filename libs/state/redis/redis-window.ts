import { checkHit, checkKey } from '../limits.js';
import { SlidingWindow, type WindowAnswer } from '../sliding-window.js';
import { answerFromCounters, answerFromExact, isExact } from '../window-rule.js';
import type { RedisConnection } from './redis-connection.js';

/** A sorted set per key and one script per hit, on the server's clock. */
export class RedisWindow extends SlidingWindow {
  constructor(
    private readonly connection: RedisConnection,
    private readonly keyPrefix: string,
  ) {
    super();
  }

  override async hit(key: string, limit: number, windowMs: number, cost = 1): Promise<WindowAnswer> {
    return this.step(key, limit, windowMs, cost);
  }

  override async peek(key: string, limit: number, windowMs: number): Promise<WindowAnswer> {
    return this.step(key, limit, windowMs, 0);
  }

  override async refund(key: string, hit: WindowAnswer): Promise<void> {
    checkKey(key);
    if (!hit.allowed || hit.cost === 0) return;
    const exact = isExact(hit.limit) ? 1 : 0;
    await this.connection.run((_, scripts) =>
      scripts.refund(this.exactKey(key), this.countersKey(key), exact, hit.nowMs, hit.cost, hit.windowMs),
    );
  }

  override async reset(key: string): Promise<void> {
    checkKey(key);
    await this.connection.run((redis) => redis.unlink(this.exactKey(key), this.countersKey(key)));
  }

  private async step(key: string, limit: number, windowMs: number, cost: number): Promise<WindowAnswer> {
    checkHit(key, limit, windowMs, cost);
    const rule = { limit, windowMs, cost };
    if (isExact(limit)) {
      const [allowed, nowMs, count, oldestMs, blockingMs] = await this.connection.run((_, scripts) =>
        scripts.hitExact(this.exactKey(key), limit, windowMs, cost),
      );
      return answerFromExact({ allowed: allowed === 1, nowMs, count, oldestMs, blockingMs }, rule);
    }
    const [allowed, nowMs, slot, previous, current] = await this.connection.run((_, scripts) =>
      scripts.hitCounters(this.countersKey(key), limit, windowMs, cost),
    );
    return answerFromCounters({ allowed: allowed === 1, nowMs, slot, previous, current }, rule);
  }

  // The braces are Redis Cluster's hash tag: what belongs to one key lies on one node.
  private exactKey(key: string): string {
    return `${this.keyPrefix}w:{${key}}`;
  }

  private countersKey(key: string): string {
    return `${this.keyPrefix}n:{${key}}`;
  }
}
