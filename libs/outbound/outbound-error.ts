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
    cause: unknown,
  ) {
    super(`No answer: ${failure} (${code})`, { cause });
  }
}

/** Everything that can go wrong before the first byte of a request is on its way. */
const BEFORE_SENDING =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT|ERR_TLS_.*|ERR_SSL_.*|EPROTO|CERT_.*|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_.*|HOSTNAME_MISMATCH)$/;
const PROXY_REFUSED = /^Proxy response \((\d+)\)/;
const TIMEOUT = /^(UND_ERR_HEADERS_TIMEOUT|UND_ERR_BODY_TIMEOUT|ETIMEDOUT)$/;

/** Sorts whatever the client threw. */
export function outboundErrorOf(error: unknown, isOverdue: boolean): OutboundError {
  const { code = '', message = '' } = innermost(error);
  const refusedBy = PROXY_REFUSED.exec(message)?.[1];
  if (refusedBy !== undefined) return new OutboundError('not-sent', `PROXY_${refusedBy}`, error);
  if (BEFORE_SENDING.test(code)) return new OutboundError('not-sent', code, error);
  if (isOverdue || TIMEOUT.test(code)) return new OutboundError('timeout', 'TIMEOUT', error);
  return new OutboundError('broken', code === '' ? 'UNKNOWN' : code, error);
}

function innermost(error: unknown): { code?: string; message?: string } {
  let current: unknown = error;
  while (current instanceof Error && current.cause instanceof Error) current = current.cause;
  return current instanceof Error ? current : {};
}
