import type { Dispatcher } from 'undici';
import type { CircuitBreaker } from './circuit-breaker.js';
import { connectTimeoutMs, createDispatcher, proxyFor } from './dispatcher.js';
import type { OutboundNet, OutboundSettings, Undici } from './dispatcher.js';
import { exchange, type RawAnswer } from './exchange.js';
import { ConnectFailure, EGRESS_REFUSED } from './connect-failure.js';
import { CIRCUIT_OPEN, OutboundError, outboundErrorOf } from './outbound-error.js';
import { isRetryable, isWorthWaiting, retryAfterMs, retryDelayMs, RETRIES_MAX } from './retry.js';
import { proxyAuthorization } from './tunnel.js';

export interface OutboundRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** It may be sent again when nothing, 429 or a 5xx came back. */
  readonly isRepeatable: boolean;
}

export interface OutboundAnswer {
  readonly status: number;
  readonly text: string;
  readonly retryAfterMs: number | undefined;
}

export interface OutboundParts extends Omit<OutboundNet, 'onStage'> {
  /** Asked at every call. */
  readonly settings: () => Promise<OutboundSettings>;
  /** 0..1 by chance. */
  readonly random: () => number;
  /** Keeps calls from a destination that fails again and again; absent for none. */
  readonly circuit?: Pick<CircuitBreaker, 'enter'>;
}

/**
 * HTTP to one destination. Its settings are asked for at every call, so the very next one after a change uses the new
 * proxy, certificates and timeout. Redirects are not followed.
 */
export class OutboundClient {
  private current: { readonly key: string; readonly dispatcher: Dispatcher } | undefined;

  constructor(private readonly parts: OutboundParts) {}

  /** The answer, whatever its status. @throws OutboundError when there is none. */
  async send(call: OutboundRequest): Promise<OutboundAnswer> {
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await this.throughCircuit(call);
      if (attempt > RETRIES_MAX || !isToRepeat(call, outcome)) {
        if (outcome instanceof OutboundError) throw outcome;
        return outcome;
      }
      const askedMs = outcome instanceof OutboundError ? undefined : outcome.retryAfterMs;
      await this.parts.clock.sleep(retryDelayMs(attempt, askedMs, this.parts.random));
    }
  }

  /** Lets go of the connections once the calls in flight have ended. */
  async close(): Promise<void> {
    await this.current?.dispatcher.close();
    this.current = undefined;
  }

  private async throughCircuit(call: OutboundRequest): Promise<OutboundAnswer | OutboundError> {
    // Settings that cannot be read are no failure of the destination.
    const settings = await this.parts.settings();
    const entry = await this.parts.circuit?.enter();
    if (entry && 'retryAfterMs' in entry)
      return new OutboundError('not-sent', CIRCUIT_OPEN, undefined, { retryAfterMs: entry.retryAfterMs });
    const outcome = await this.tryOnce(call, settings).catch(outboundErrorOf);
    await entry?.end(!isFailure(outcome));
    return outcome;
  }

  private async tryOnce(call: OutboundRequest, settings: OutboundSettings): Promise<OutboundAnswer> {
    const undici = await import('undici');
    const dispatcher = this.dispatcherFor(undici, settings, call.url);
    return answerOf(await sendOnce(dispatcher, call, settings, this.parts), this.parts.clock.now());
  }

  private dispatcherFor(undici: Undici, settings: OutboundSettings, url: URL): Dispatcher {
    const key = JSON.stringify([settings, url.origin]);
    if (this.current?.key !== key) {
      const former = this.current?.dispatcher;
      this.current = { key, dispatcher: createDispatcher(undici, settings, url, this.parts) };
      // Calls in flight end in their own time on the connections that they have.
      void former?.close().catch(() => undefined);
    }
    return this.current.dispatcher;
  }
}

/** One request over a dispatcher that was made for these settings. */
export async function sendOnce(
  dispatcher: Dispatcher,
  { method, url, headers, body }: OutboundRequest,
  settings: OutboundSettings,
  { clock }: Pick<OutboundNet, 'clock'>,
): Promise<RawAnswer> {
  const { timeoutMs } = settings;
  const proxy = url.protocol === 'http:' ? proxyFor(settings, url) : undefined;
  const authorization = proxy && proxyAuthorization(proxy);
  const request = {
    method,
    origin: url.origin,
    // Without TLS there is no tunnel: the proxy is told the whole address (RFC 9112, 3.2.2).
    path: proxy ? url.href : url.pathname + url.search,
    headers: { ...headers, ...(authorization !== undefined && { 'proxy-authorization': authorization }) },
    body: body ?? null,
  };
  const timeoutsMs = { connect: connectTimeoutMs(settings), headers: timeoutMs, body: timeoutMs };
  const answer = await exchange(dispatcher, request, timeoutsMs, clock);
  if (proxy && answer.status === 407) throw new ConnectFailure('proxy_connect', 'PROXY_407');
  return answer;
}

function answerOf({ status, headers, body }: RawAnswer, nowMs: number): OutboundAnswer {
  const header = headers['retry-after'];
  return {
    status,
    text: body.toString('utf8'),
    retryAfterMs: retryAfterMs(Array.isArray(header) ? header[0] : header, nowMs),
  };
}

/** Whether the outcome speaks against the destination: 4xx other than 408 and 429 do not. */
function isFailure(outcome: OutboundAnswer | OutboundError): boolean {
  if (outcome instanceof OutboundError) return outcome.code !== EGRESS_REFUSED;
  return outcome.status >= 500 || outcome.status === 408 || outcome.status === 429;
}

function isToRepeat(call: OutboundRequest, outcome: OutboundAnswer | OutboundError): boolean {
  if (!call.isRepeatable) return false;
  if (outcome instanceof OutboundError) return ![CIRCUIT_OPEN, EGRESS_REFUSED].includes(outcome.code);
  return isRetryable(outcome.status) && isWorthWaiting(outcome.retryAfterMs);
}
