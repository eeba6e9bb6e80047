import { checkHit, checkKey } from '../limits.js';
import { SlidingWindow, type WindowAnswer } from '../sliding-window.js';
import { answerFromCounters, answerFromExact, isExact } from '../window-rule.js';
import type { MysqlPool } from './mysql-pool.js';

const hitExact = 'CALL state_hit_exact_1(?, ?, ?, ?)';
const hitCounters = 'CALL state_hit_counters_1(?, ?, ?, ?)';
const refundExact = 'CALL state_refund_exact_1(?, ?, ?)';
const refundCounters = `UPDATE state_window_counters SET
    current = IF(slot = ?, GREATEST(0, current - ?), current), previous = IF(slot = ?, GREATEST(0, previous - ?), previous)
  WHERE \`key\` = ?`;

/** A row with a JSON column per key and a stored procedure: one round trip per hit, on the server's clock. */
export class MysqlWindow extends SlidingWindow {
  constructor(
    private readonly pool: MysqlPool,
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
    const name = this.keyPrefix + key;
    if (isExact(hit.limit)) {
      await this.pool.execute(refundExact, [name, hit.nowMs, hit.cost]);
    } else {
      const slot = Math.floor(hit.nowMs / hit.windowMs);
      await this.pool.execute(refundCounters, [slot, hit.cost, slot + 1, hit.cost, name]);
    }
  }

  override async reset(key: string): Promise<void> {
    checkKey(key);
    await Promise.all(
      ['state_windows', 'state_window_counters'].map((table) =>
        this.pool.execute(`DELETE FROM ${table} WHERE \`key\` = ?`, [this.keyPrefix + key]),
      ),
    );
  }

  private async step(key: string, limit: number, windowMs: number, cost: number): Promise<WindowAnswer> {
    checkHit(key, limit, windowMs, cost);
    const rule = { limit, windowMs, cost };
    const exact = isExact(limit);
    const { rows } = await this.pool.execute(exact ? hitExact : hitCounters, [
      this.keyPrefix + key,
      limit,
      windowMs,
      cost,
    ]);
    const [allowed, nowMs, third, fourth, fifth] = (rows[0] ?? []).map(Number) as [
      number,
      number,
      number,
      number,
      number,
    ];
    return exact
      ? answerFromExact({ allowed: allowed === 1, nowMs, count: third, oldestMs: fourth, blockingMs: fifth }, rule)
      : answerFromCounters({ allowed: allowed === 1, nowMs, slot: third, previous: fourth, current: fifth }, rule);
  }
}
