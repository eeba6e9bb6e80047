/** What the store said about a key at `nowMs`. All times are the store's clock, milliseconds since 1970. */
export interface WindowAnswer {
  /** Whether this hit was counted; from `peek`, whether a hit of cost 1 would be. */
  readonly allowed: boolean;
  /** Hits inside the window, this one included when it was allowed. */
  readonly count: number;
  readonly limit: number;
  readonly windowMs: number;
  readonly remaining: number;
  /** What this hit cost; 0 from `peek`. */
  readonly cost: number;
  readonly nowMs: number;
  /** When the oldest counted hit leaves the window; `nowMs` when none is counted. */
  readonly resetAtMs: number;
  /** 0 when allowed; else after how long the same hit fits if nobody else hits meanwhile. */
  readonly retryAfterMs: number;
}

/**
 * Counts hits per key over the last `windowMs`, in all processes at once, on the store's clock.
 *
 * Up to `stateLimits.exactLimitMax` (1,000) the window is exact: a hit counts from its instant t until t + windowMs,
 * no window ever holds more than `limit`, and a refusal means that it would have. Prune, count and conditional add are one
 * atomic step; a refused hit is not counted and so never prolongs the block.
 *
 * Above 1,000 two counters are kept, of the current and of the previous aligned window, and the previous one is taken
 * to have been spread evenly: count = ceil(previous × share still inside) + current. An aligned window never holds more than
 * `limit`. Over even traffic it lets through what it should within 1 %; the worst that can be arranged is a whole limit
 * in the last instant of one aligned window and then as much as fits: fewer than 2 × limit hits within one true window.
 *
 * A store's clock that is set back stops the key's time until it catches up, at most one window; after a longer step the key
 * starts afresh. Changing a key's limit across 1,000 also starts it afresh.
 */
export abstract class SlidingWindow {
  /** Counts a hit if it fits. `cost` is a whole number from 1 to `limit`. */
  abstract hit(key: string, limit: number, windowMs: number, cost?: number): Promise<WindowAnswer>;
  /** Answers without counting. */
  abstract peek(key: string, limit: number, windowMs: number): Promise<WindowAnswer>;
  /** Takes back exactly what an allowed `hit` counted; after it left the window, or for a refused one, nothing happens. */
  abstract refund(key: string, hit: WindowAnswer): Promise<void>;
  /** Forgets the key. */
  abstract reset(key: string): Promise<void>;
}
