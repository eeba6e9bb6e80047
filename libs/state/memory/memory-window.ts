import type { Clock } from '../../clock/index.js';
import { checkHit, checkKey } from '../limits.js';
import { SlidingWindow, type WindowAnswer } from '../sliding-window.js';
import { forgottenAtMs, stepWindow, withoutHit, type WindowState } from '../window-state.js';

interface Entry {
  readonly state: WindowState;
  readonly expiresAtMs: number;
}

/** Keys kept at most; when full, the key that was counted longest ago is forgotten. */
const keysMax = 100_000;

/** The reference model: the pure window over a map, for one process, on its clock. */
export class MemoryWindow extends SlidingWindow {
  // In the order of the last counted hit: a Map keeps insertion order, and every counted hit inserts anew.
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly clock: Pick<Clock, 'now'>,
    private readonly keyPrefix: string,
  ) {
    super();
  }

  override hit(key: string, limit: number, windowMs: number, cost = 1): Promise<WindowAnswer> {
    return this.step(key, limit, windowMs, cost);
  }

  override peek(key: string, limit: number, windowMs: number): Promise<WindowAnswer> {
    return this.step(key, limit, windowMs, 0);
  }

  override async refund(key: string, hit: WindowAnswer): Promise<void> {
    checkKey(key);
    const entry = this.entries.get(this.keyPrefix + key);
    const state = withoutHit(entry?.state, hit);
    if (entry && state) this.entries.set(this.keyPrefix + key, { ...entry, state });
  }

  override async reset(key: string): Promise<void> {
    checkKey(key);
    this.entries.delete(this.keyPrefix + key);
  }

  /** Drops up to `entriesMax` expired keys and answers how many. */
  sweep(entriesMax: number): number {
    const nowMs = this.clock.now();
    let swept = 0;
    for (const [key, entry] of this.entries) {
      if (swept === entriesMax) break;
      if (entry.expiresAtMs > nowMs) continue;
      this.entries.delete(key);
      swept += 1;
    }
    return swept;
  }

  private async step(key: string, limit: number, windowMs: number, cost: number): Promise<WindowAnswer> {
    checkHit(key, limit, windowMs, cost);
    const fullKey = this.keyPrefix + key;
    const { answer, next } = stepWindow(this.entries.get(fullKey)?.state, { limit, windowMs, cost }, this.clock.now());
    if (next) this.keep(fullKey, { state: next, expiresAtMs: forgottenAtMs(next, windowMs) });
    return answer;
  }

  private keep(key: string, entry: Entry): void {
    this.entries.delete(key);
    if (this.entries.size >= keysMax) {
      const oldest = this.entries.keys().next();
      if (!oldest.done) this.entries.delete(oldest.value);
    }
    this.entries.set(key, entry);
  }
}
