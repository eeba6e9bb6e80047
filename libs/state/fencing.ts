/**
 * The token of the next grant: larger than the last one, and never smaller than the store's clock in microseconds, so that
 * tokens keep growing even where a store has lost its data or swept the row of a lease long over.
 */
export function nextToken(lastToken: number | undefined, nowMs: number): number {
  return Math.max((lastToken ?? 0) + 1, nowMs * 1_000);
}

/** For how long the row of a lease that is over is kept, so that no clock step within a day can repeat a token. */
export const leaseKeptMs = 86_400_000;
