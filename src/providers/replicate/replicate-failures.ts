import { CIRCUIT_OPEN, type OutboundError } from '#libs/outbound';
import { DomainError } from '../../http/index.js';
import type { Validation } from '../adapter.js';

interface Call {
  /** False for the one call that spends money. */
  readonly isRepeatable: boolean;
}

/** What the answer to a question for the account says of the set-up. */
export function verdictOn({ status }: { readonly status: number }, hasToken: boolean): Validation {
  if (status >= 200 && status <= 299)
    return { isValid: true, message: 'Replicate can be reached and accepts the token.' };
  if (status === 401 || status === 403) {
    const token = hasToken ? 'it refuses the token: set another one' : 'no token is set: set REPLICATE_API_TOKEN';
    return { isValid: false, message: `The connection works, but ${token}.` };
  }
  if (status === 429) return { isValid: true, message: 'Replicate can be reached; it asks to slow down.' };
  if (status >= 500)
    return { isValid: false, message: `Replicate can be reached, but is in trouble (${status}): see its status page.` };
  return {
    isValid: false,
    message: `Something answers ${status} that is not Replicate’s API: check REPLICATE_API_BASE_URL and what stands in between.`,
  };
}

/** A call to which nothing came back. */
export function noAnswer(call: Call, error: OutboundError): DomainError {
  if (error.code === CIRCUIT_OPEN) {
    const seconds = Math.max(1, Math.ceil((error.details.retryAfterMs ?? 0) / 1_000));
    return new DomainError(
      'unavailable',
      'provider_unavailable',
      `Replicate has failed repeatedly and is left alone for another ${seconds} s.`,
      { headers: { 'Retry-After': String(seconds) } },
    );
  }
  if (error.failure === 'not-sent')
    return new DomainError('unavailable', 'provider_unavailable', `Replicate cannot be reached (${error.code}).`, {
      cause: error,
    });
  return uncertain(call, `Replicate gave no answer in time (${error.code})`, error);
}

/** After a call that spends money nobody knows whether it was done; any other can simply be made again. */
export function uncertain(call: Call, message: string, cause?: unknown): DomainError {
  return call.isRepeatable
    ? new DomainError('unavailable', 'provider_unavailable', `${message}.`, { cause })
    : new DomainError('provider', 'provider_timeout', `${message}; whether it was done is not known.`, { cause });
}
