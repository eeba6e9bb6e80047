import { HitBatcher, type Hit, type HitFacts } from '../hit-batcher.js';
import { checkHit } from '../limits.js';
import { SlidingWindow, type WindowAnswer } from '../sliding-window.js';
import { answerFromCounters, answerFromExact, isExact } from '../window-rule.js';
import type { RedisConnection } from './redis-connection.js';
import type { RedisNames } from './redis-names.js';

/** Hits in one script call at most: it must not hold up the server's other callers. */
const hitsPerCallMax = 16;

/** A sorted set per key and one script per hit, on the server's clock. */
export class RedisWindow extends SlidingWindow {
  private readonly batcher = new HitBatcher(
    (hits) => this.send(hits),
    () => (this.connection.isCluster ? 1 : hitsPerCallMax),
  );

  constructor(
    private readonly connection: RedisConnection,
    private readonly names: RedisNames,
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
    const exact = isExact(hit.limit);
    const name = this.names.of(exact ? 'w' : 'n', key);
    if (!hit.allowed || hit.cost === 0) return;
    await this.connection.run((_, scripts) => scripts.refund(name, exact ? 1 : 0, hit.nowMs, hit.cost, hit.windowMs));
  }

  override async reset(key: string): Promise<void> {
    const names = [this.names.of('w', key), this.names.of('n', key)];
    await this.connection.run((redis) => redis.unlink(...names));
  }

  private async step(key: string, limit: number, windowMs: number, cost: number): Promise<WindowAnswer> {
    checkHit(key, limit, windowMs, cost);
    const rule = { limit, windowMs, cost };
    if (isExact(limit)) {
      const [allowed, nowMs, count, oldestMs, blockingMs] = await this.batcher.hit({ key, ...rule });
      return answerFromExact({ allowed: allowed === 1, nowMs, count, oldestMs, blockingMs }, rule);
    }
    const [allowed, nowMs, slot, previous, current] = await this.connection.run((_, scripts) =>
      scripts.hitCounters(this.names.of('n', key), limit, windowMs, cost),
    );
    return answerFromCounters({ allowed: allowed === 1, nowMs, slot, previous, current }, rule);
  }

  private async send(hits: readonly Hit[]): Promise<HitFacts[]> {
    const keys = hits.map(({ key }) => this.names.of('w', key));
    const rules = hits.flatMap(({ limit, windowMs, cost }) => [limit, windowMs, cost]);
    const facts = await this.connection.run((_, scripts) => scripts.hitExact(keys.length, ...keys, ...rules));
    return hits.map((_, index) => facts.slice(index * 5, index * 5 + 5) as unknown as HitFacts);
  }
}
