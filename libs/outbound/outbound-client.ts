import type { Dispatcher } from 'undici';
import type { Clock } from '../clock/index.js';
import { createDispatcher, type OutboundSettings, type Undici } from './dispatcher.js';
import { OutboundError, outboundErrorOf } from './outbound-error.js';
import { isRetryable, isWorthWaiting, retryAfterMs, retryDelayMs, RETRIES_MAX } from './retry.js';

/** The largest answer that is read; a longer one counts as broken. */
const ANSWER_BYTES_MAX = 33_554_432;

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

/**
 * HTTP to one destination. Its settings are asked for at every call, so the very next one after a change uses the new
 * proxy, certificates and timeout. Redirects are not followed.
 */
export class OutboundClient {
  private current: { readonly key: string; readonly dispatcher: Dispatcher } | undefined;

  constructor(
    private readonly settings: () => Promise<OutboundSettings>,
    private readonly clock: Clock,
    private readonly random: () => number,
  ) {}

  /** The answer, whatever its status. @throws OutboundError when there is none. */
  async send(call: OutboundRequest): Promise<OutboundAnswer> {
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await this.tryOnce(call);
      const isFinal = outcome instanceof OutboundError ? !call.isRepeatable : !this.isToRepeat(call, outcome);
      if (isFinal || attempt > RETRIES_MAX) {
        if (outcome instanceof OutboundError) throw outcome;
        return outcome;
      }
      const askedMs = outcome instanceof OutboundError ? undefined : outcome.retryAfterMs;
      await this.clock.sleep(retryDelayMs(attempt, askedMs, this.random));
    }
  }

  /** Lets go of the connections once the calls in flight have ended. */
  async close(): Promise<void> {
    await this.current?.dispatcher.close();
    this.current = undefined;
  }

  private isToRepeat(call: OutboundRequest, answer: OutboundAnswer): boolean {
    return call.isRepeatable && isRetryable(answer.status) && isWorthWaiting(answer.retryAfterMs);
  }

  private async tryOnce(call: OutboundRequest): Promise<OutboundAnswer | OutboundError> {
    const settings = await this.settings();
    const overdue = new AbortController();
    const timer = this.clock.after(settings.timeoutMs, () => overdue.abort());
    try {
      const undici = await import('undici');
      const dispatcher = this.dispatcherFor(undici, settings, call.url);
      return await this.exchange(undici, call, dispatcher, overdue.signal);
    } catch (error) {
      return outboundErrorOf(error, overdue.signal.aborted);
    } finally {
      timer.stop();
    }
  }

  private async exchange(
    { request }: Undici,
    call: OutboundRequest,
    dispatcher: Dispatcher,
    signal: AbortSignal,
  ): Promise<OutboundAnswer> {
    const { method, url, headers, body = null } = call;
    const response = await request(url, { method, headers, body, dispatcher, signal });
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > ANSWER_BYTES_MAX) throw Object.assign(new Error('The answer is too long'), { code: 'TOO_LONG' });
      chunks.push(chunk);
    }
    const header = response.headers['retry-after'];
    return {
      status: response.statusCode,
      text: Buffer.concat(chunks).toString('utf8'),
      retryAfterMs: retryAfterMs(Array.isArray(header) ? header[0] : header, this.clock.now()),
    };
  }

  private dispatcherFor(undici: Undici, settings: OutboundSettings, url: URL): Dispatcher {
    const key = JSON.stringify([settings, url.origin]);
    if (this.current?.key !== key) {
      const former = this.current?.dispatcher;
      this.current = { key, dispatcher: createDispatcher(undici, settings, url) };
      // Calls in flight end in their own time on the connections that they have.
      void former?.close().catch(() => undefined);
    }
    return this.current.dispatcher;
  }
}
