import type { ServerResponse } from 'node:http';
import type { WindowAnswer } from '#libs/state';

/** A limit as headers name it. */
export interface Policy {
  readonly name: string;
  readonly calls: number;
  readonly periodSeconds: number;
}

/**
 * Tells the caller where it stands: the headers of the guide, and those of draft-ietf-httpapi-ratelimit-headers beside them.
 * Seconds are rounded up, so that who waits as long as it was told is not refused again.
 */
export function setRateLimitHeaders(
  response: ServerResponse,
  { name, calls, periodSeconds }: Policy,
  { remaining, resetAtMs, nowMs }: Pick<WindowAnswer, 'remaining' | 'resetAtMs' | 'nowMs'>,
): void {
  response.setHeader('X-RateLimit-Limit', calls);
  response.setHeader('X-RateLimit-Remaining', remaining);
  response.setHeader('X-RateLimit-Reset', Math.ceil(resetAtMs / 1_000));
  response.setHeader('RateLimit-Policy', `"${name}";q=${calls};w=${periodSeconds}`);
  response.setHeader('RateLimit', `"${name}";r=${remaining};t=${Math.ceil((resetAtMs - nowMs) / 1_000)}`);
}
