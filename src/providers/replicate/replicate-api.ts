import { currentCorrelationId } from '#libs/log';
import { CIRCUIT_OPEN, OutboundError, type OutboundAnswer, type OutboundClient } from '#libs/outbound';
import { DomainError } from '../../http/index.js';

const DETAIL_LENGTH_MAX = 300;

export interface ReplicateCall {
  readonly method: 'GET' | 'POST';
  /** Below the base URL, beginning with a slash; or a whole URL of the same API (the next page of a list). */
  readonly path: string;
  readonly body?: object;
  /** False for the one call that spends money. */
  readonly isRepeatable: boolean;
}

/** The API token, as it is now. */
export interface ReplicateToken {
  /** Empty when none is set. */
  get(): Promise<string>;
  /** The same after looking for a newer one. */
  refresh(): Promise<string>;
}

/** Replicate's HTTP API (https://replicate.com/docs/reference/http): one call, one JSON answer, failures in our words. */
export class ReplicateApi {
  constructor(
    private readonly client: OutboundClient,
    private readonly baseUrl: string,
    private readonly token: ReplicateToken,
    private readonly clean: (text: string) => string,
  ) {}

  /** The parsed answer; undefined for 404. @throws DomainError provider_error, provider_timeout or provider_unavailable. */
  async call(call: ReplicateCall): Promise<unknown> {
    const answer = await this.send(call);
    if (answer.status === 404) return undefined;
    if (answer.status < 200 || answer.status > 299) throw this.refusal(call, answer);
    try {
      return JSON.parse(answer.text) as unknown;
    } catch (error) {
      throw uncertain(call, 'Replicate sent an answer that is no JSON', error);
    }
  }

  private async send(call: ReplicateCall): Promise<OutboundAnswer> {
    const token = await this.token.get();
    const answer = await this.sendWith(token, call);
    if (answer.status !== 401) return answer;
    // The token may have been replaced since it was read. A 401 has done nothing, so that even a submission can be sent again.
    const newest = await this.token.refresh();
    return newest === token ? answer : this.sendWith(newest, call);
  }

  private async sendWith(token: string, call: ReplicateCall): Promise<OutboundAnswer> {
    if (token === '')
      throw new DomainError(
        'provider',
        'provider_error',
        'No API token for Replicate is set: set REPLICATE_API_TOKEN.',
      );
    const correlationId = currentCorrelationId();
    const headers = {
      authorization: `Bearer ${token}`,
      accept: 'application/json',
      'user-agent': 'simpletuner-cloud-server',
      ...(call.body && { 'content-type': 'application/json' }),
      ...(correlationId !== undefined && { 'x-correlation-id': correlationId }),
    };
    try {
      return await this.client.send({
        method: call.method,
        url: this.urlOf(call.path),
        headers,
        isRepeatable: call.isRepeatable,
        ...(call.body && { body: JSON.stringify(call.body) }),
      });
    } catch (error) {
      throw error instanceof OutboundError ? noAnswer(call, error) : error;
    }
  }

  /** The token goes to the API's own origin alone, whatever address a list names as its next page. */
  private urlOf(path: string): URL {
    const base = new URL(this.baseUrl);
    const url = path.startsWith('/') ? new URL(base.href.replace(/\/$/, '') + path) : new URL(path);
    if (url.origin === base.origin) return url;
    throw new DomainError('provider', 'provider_error', 'Replicate pointed to an address outside its own API.');
  }

  private refusal(call: ReplicateCall, answer: OutboundAnswer): DomainError {
    const { status } = answer;
    const said = this.detailOf(answer.text);
    if (status === 401 || status === 403)
      return new DomainError('provider', 'provider_error', `Replicate refused the API token (${status})${said}.`);
    if (status === 429) {
      const seconds = Math.ceil((answer.retryAfterMs ?? 10_000) / 1_000);
      return new DomainError('unavailable', 'provider_unavailable', `Replicate asks to slow down${said}.`, {
        headers: { 'Retry-After': String(seconds) },
      });
    }
    if (status >= 500) return uncertain(call, `Replicate failed (${status})${said}`);
    return new DomainError('provider', 'provider_error', `Replicate refused the request (${status})${said}.`);
  }

  private detailOf(text: string): string {
    try {
      const { detail, title } = JSON.parse(text) as { detail?: unknown; title?: unknown };
      const said = [detail, title].find((part): part is string => typeof part === 'string');
      return said === undefined ? '' : `: ${this.clean(said.slice(0, DETAIL_LENGTH_MAX)).replace(/\.$/, '')}`;
    } catch {
      return '';
    }
  }
}

function noAnswer(call: ReplicateCall, error: OutboundError): DomainError {
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
function uncertain(call: ReplicateCall, message: string, cause?: unknown): DomainError {
  return call.isRepeatable
    ? new DomainError('unavailable', 'provider_unavailable', `${message}.`, { cause })
    : new DomainError('provider', 'provider_timeout', `${message}; whether it was done is not known.`, { cause });
}
