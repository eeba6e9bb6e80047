import { HitBatcher, type Hit, type HitFacts } from '../hit-batcher.js';
import { checkHit, checkKey } from '../limits.js';
import { SlidingWindow, type WindowAnswer } from '../sliding-window.js';
import { answerFromCounters, answerFromExact, isExact } from '../window-rule.js';
import type { PostgresqlPool, Row } from './postgresql-pool.js';

const hitExact = {
  name: 'state_hit_exact',
  text: `SELECT facts.* FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::integer[]) AS hit (key, rate, period, cost),
           LATERAL state_hit_exact(hit.key, hit.rate, hit.period, hit.cost) AS facts`,
};
const hitCounters = {
  name: 'state_hit_counters',
  text: 'SELECT allowed, now_ms, new_slot, new_previous, new_current FROM state_hit_counters($1, $2, $3, $4)',
};
const refundExact = {
  name: 'state_refund_exact',
  text: `UPDATE state_windows SET hits = (
           SELECT coalesce(jsonb_agg(hit ORDER BY place), '[]') FROM (
             SELECT hit, place, row_number() OVER (PARTITION BY hit ORDER BY place) AS nth
             FROM jsonb_array_elements(hits) WITH ORDINALITY AS elements (hit, place)
           ) AS numbered WHERE NOT (hit = to_jsonb($2::bigint) AND nth <= $3::integer))
         WHERE key = $1 AND hits @> to_jsonb($2::bigint)`,
};
const refundCounters = {
  name: 'state_refund_counters',
  text: `UPDATE state_window_counters SET
           current = CASE slot WHEN $2::bigint THEN greatest(0, current - $3::integer) ELSE current END,
           previous = CASE slot WHEN $2::bigint + 1 THEN greatest(0, previous - $3::integer) ELSE previous END
         WHERE key = $1 AND slot IN ($2::bigint, $2::bigint + 1)`,
};
const reset = {
  name: 'state_reset',
  text: 'WITH counters AS (DELETE FROM state_window_counters WHERE key = $1) DELETE FROM state_windows WHERE key = $1',
};

/** Hits in one statement at most: its row locks are held until the last of them is counted. */
const hitsPerStatementMax = 8;

/** A row with a JSONB array per key; one prepared statement and one round trip per hit, on the server's clock. */
export class PostgresqlWindow extends SlidingWindow {
  private readonly batcher = new HitBatcher(
    (hits) => this.send(hits),
    () => hitsPerStatementMax,
  );

  constructor(
    private readonly pool: PostgresqlPool,
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
    if (isExact(hit.limit)) await this.pool.query(refundExact, [this.keyPrefix + key, hit.nowMs, hit.cost]);
    else await this.pool.query(refundCounters, [this.keyPrefix + key, Math.floor(hit.nowMs / hit.windowMs), hit.cost]);
  }

  override async reset(key: string): Promise<void> {
    checkKey(key);
    await this.pool.query(reset, [this.keyPrefix + key]);
  }

  private async step(key: string, limit: number, windowMs: number, cost: number): Promise<WindowAnswer> {
    checkHit(key, limit, windowMs, cost);
    const rule = { limit, windowMs, cost };
    if (isExact(limit)) {
      const [allowed, nowMs, count, oldestMs, blockingMs] = await this.batcher.hit({ key, ...rule });
      return answerFromExact({ allowed: allowed === 1, nowMs, count, oldestMs, blockingMs }, rule);
    }
    const [row] = await this.pool.query(hitCounters, [this.keyPrefix + key, limit, windowMs, cost]);
    const [allowed, nowMs, slot, previous, current] = factsOf(row);
    return answerFromCounters({ allowed: allowed === 1, nowMs, slot, previous, current }, rule);
  }

  private async send(hits: readonly Hit[]): Promise<HitFacts[]> {
    // Rows are locked in the order of their keys, in every process the same, so that no two statements wait for each other.
    const order = hits.map((_, place) => place).sort((a, b) => (keyAt(hits, a) < keyAt(hits, b) ? -1 : 1));
    const sorted = order.map((place) => hits[place] as Hit);
    const rows = await this.pool.query(hitExact, [
      sorted.map(({ key }) => this.keyPrefix + key),
      sorted.map(({ limit }) => limit),
      sorted.map(({ windowMs }) => windowMs),
      sorted.map(({ cost }) => cost),
    ]);
    const facts: HitFacts[] = [];
    for (const [index, place] of order.entries()) facts[place] = factsOf(rows[index]);
    return facts;
  }
}

function keyAt(hits: readonly Hit[], place: number): string {
  return hits[place]?.key ?? '';
}

function factsOf(row: Row | undefined): HitFacts {
  return (row ?? []).map(Number) as unknown as HitFacts;
}
