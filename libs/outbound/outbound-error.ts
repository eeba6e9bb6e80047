import { ConnectFailure, type Stage } from './connect-failure.js';
import { PhaseTimeout } from './exchange.js';

/**
 * What is known after a request without an answer: `not-sent` (it cannot have had an effect), `timeout` and `broken` (it
 * may have had one).
 */
export type OutboundFailure = 'not-sent' | 'timeout' | 'broken';

export class OutboundError extends Error {
  override readonly name = 'OutboundError';

  constructor(
    readonly failure: OutboundFailure,
    /** The system's word for it, such as ECONNREFUSED or CERT_HAS_EXPIRED. */
    readonly code: string,
    cause?: unknown,
    readonly details: { readonly stage?: Stage; readonly retryAfterMs?: number } = {},
  ) {
    super(`No answer: ${failure} (${code})`, { cause });
  }
}

/** Nothing was sent: the circuit breaker keeps calls from this destination for a while. */
export const CIRCUIT_OPEN = 'CIRCUIT_OPEN';

/** Sorts whatever the client threw. */
export function outboundErrorOf(error: unknown): OutboundError {
  const reason = innermost(error);
  if (reason instanceof ConnectFailure)
    return new OutboundError('not-sent', reason.reason, error, { stage: reason.stage });
  if (reason instanceof PhaseTimeout)
    return reason.phase === 'connect'
      ? new OutboundError('not-sent', 'CONNECT_TIMEOUT', error)
      : new OutboundError('timeout', `${reason.phase.toUpperCase()}_TIMEOUT`, error);
  const { code = '' } = (reason ?? {}) as { code?: string };
  return new OutboundError('broken', code === '' ? 'UNKNOWN' : code, error);
}

/** A failure to connect says where and why by itself; around anything else the client may have put words of its own. */
function innermost(error: unknown): unknown {
  let current = error;
  while (!(current instanceof ConnectFailure) && current instanceof Error && current.cause instanceof Error)
    current = current.cause;
  return current;
}
