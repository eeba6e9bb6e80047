import { currentCorrelationId } from '#libs/log';
import { OutboundError, type OutboundAnswer, type OutboundClient, type OutboundRequest } from '#libs/outbound';
import { DomainError } from '../../http/index.js';
import type { ConnectionProbe } from '../adapter.js';
import { noAnswer, uncertain, verdictOn } from './replicate-failures.js';

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

  /** As `call`, for what only asks. */
  get(path: string): Promise<unknown> {
    return this.call({ method: 'GET', path, isRepeatable: true });
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
    try {
      return await this.client.send(this.request(token, call));
    } catch (error) {
      throw error instanceof OutboundError ? noAnswer(call, error) : error;
    }
  }

  /** Asks for the account, which needs no more than a token that is accepted. */
  async connectionProbe(): Promise<ConnectionProbe> {
    const token = await this.token.get();
    const request = this.request(token, { method: 'GET', path: '/account', isRepeatable: true });
    return { request, judge: (answer) => verdictOn(answer, token !== '') };
  }

  private request(token: string, { method, path, body, isRepeatable }: ReplicateCall): OutboundRequest {
    const correlationId = currentCorrelationId();
    const headers = {
      ...(token !== '' && { authorization: `Bearer ${token}` }),
      accept: 'application/json',
      'user-agent': 'simpletuner-cloud-server',
      ...(body && { 'content-type': 'application/json' }),
      ...(correlationId !== undefined && { 'x-correlation-id': correlationId }),
    };
    return { method, url: this.urlOf(path), headers, isRepeatable, ...(body && { body: JSON.stringify(body) }) };
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
