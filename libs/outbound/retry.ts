const BASE_MS = 1_000;
const CAP_MS = 30_000;
const JITTER = 0.25;

/** How often a request is repeated after its first try. */
export const RETRIES_MAX = 3;

/**
 * The pause before the `attempt`th repetition (1, 2, …): 1 s doubling up to 30 s, or what the server asked for, and up to
 * a quarter more by chance (`random` gives 0..1), so that many clients do not come back at the same moment.
 */
export function retryDelayMs(attempt: number, askedMs: number | undefined, random: () => number): number {
  const pauseMs = askedMs ?? Math.min(CAP_MS, BASE_MS * 2 ** (attempt - 1));
  return Math.round(pauseMs * (1 + JITTER * random()));
}

/** What a Retry-After header asks for (RFC 9110, 10.2.3), in milliseconds from now; undefined when it says nothing. */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1_000;
  const dateMs = Date.parse(header);
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}

/** Longer than this nobody waits inside a call; the caller comes back by itself. */
export function isWorthWaiting(askedMs: number | undefined): boolean {
  return askedMs === undefined || askedMs <= CAP_MS;
}

export function isRetryable(status: number): boolean {
  return status === 429 || status >= 500;
}
