// @ts-check
import { createHmac, randomUUID } from 'node:crypto';
import { retry } from './retry.mjs';

const REQUEST_TIMEOUT_MS = 5_000;
const PATIENCE_MS = 600_000;
const SECRET_PREFIX = 'whsec_';

/** A report of the trainer; every one also gets `job_id` and `timestamp`. @typedef {{ type: string, severity?: string } & Record<string, unknown>} Report */

/**
 * The three headers of Standard Webhooks 1.0 (https://www.standardwebhooks.com).
 * @param {string} secret `whsec_` and the key in base64
 * @param {string} id the same for every attempt of one delivery
 * @param {number} timestampSeconds of this attempt
 * @param {string} body
 */
export function signatureHeaders(secret, id, timestampSeconds, body) {
  if (!secret.startsWith(SECRET_PREFIX)) throw new Error('the webhook secret must start with whsec_');
  const key = Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64');
  const signature = createHmac('sha256', key)
    .update(`${id}.${String(timestampSeconds)}.${body}`)
    .digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': String(timestampSeconds), 'webhook-signature': `v1,${signature}` };
}

/** An answer that did not take the report. */
class RefusedError extends Error {
  /** @param {Response} response */
  constructor(response) {
    super(`the receiver answered ${String(response.status)}`);
    this.status = response.status;
    this.retryAfterMs = Math.min(Number(response.headers.get('retry-after') ?? 0) || 0, 60) * 1000;
  }
}

/**
 * Sends reports in order, one at a time, without holding the training up. A report that fails is tried again for ten
 * minutes with the same id; meanwhile newer progress replaces older progress that still waits its turn.
 */
export class WebhookSender {
  /** @type {{ id: string, report: Report }[]} */
  #waiting = [];
  /** @type {Promise<void>} */
  #sending = Promise.resolve();
  #busy = false;
  /** Stops trying; reports still waiting are dropped. */
  #abandon = new AbortController();

  /**
   * @param {{ url: string, secret: string, jobId: string }} target
   * @param {(line: string) => void} warn
   * @param {Partial<import('./retry.mjs').RetryOptions>} [retryOptions]
   */
  constructor(target, warn, retryOptions = {}) {
    this.target = target;
    this.warn = warn;
    this.retryOptions = retryOptions;
  }

  /** @param {Report} report */
  send(report) {
    const entry = {
      id: `msg_${randomUUID()}`,
      report: { severity: 'info', ...report, job_id: this.target.jobId, timestamp: new Date().toISOString() },
    };
    // The one on its way has already left the queue, so a delivery is never changed between two attempts.
    if (report.type === 'training.status') {
      this.#waiting = this.#waiting.filter(({ report: { type } }) => type !== 'training.status');
    }
    this.#waiting.push(entry);
    if (!this.#busy) this.#sending = this.#drain();
  }

  /**
   * Waits until every report is delivered or given up.
   * @param {number} [patienceMs] after this time what is left is dropped
   */
  async flush(patienceMs = PATIENCE_MS) {
    const timer = setTimeout(() => this.#abandon.abort(), patienceMs);
    await this.#sending;
    clearTimeout(timer);
  }

  async #drain() {
    this.#busy = true;
    for (let next = this.#waiting.shift(); next && !this.#abandon.signal.aborted; next = this.#waiting.shift()) {
      await this.#deliver(next.id, JSON.stringify(next.report));
    }
    this.#busy = false;
  }

  /**
   * @param {string} id
   * @param {string} body
   */
  async #deliver(id, body) {
    const signal = this.#abandon.signal;
    try {
      await retry(() => this.#post(id, body), {
        patienceMs: PATIENCE_MS,
        signal,
        isTransient: (error) =>
          !(error instanceof RefusedError) || error.status >= 500 || error.status === 429 || error.status === 408,
        retryAfterMs: (error) => (error instanceof RefusedError ? error.retryAfterMs : 0),
        onRetry: (error, waitMs) =>
          this.warn(`webhook ${id}: ${reasonOf(error)}; next try in ${(waitMs / 1000).toFixed(1)} s`),
        ...this.retryOptions,
      });
    } catch (error) {
      // The exit code and the files tell the truth too, so a report that nobody takes must not fail the run.
      this.warn(`webhook ${id} given up: ${reasonOf(error)}`);
    }
  }

  /**
   * @param {string} id
   * @param {string} body
   */
  async #post(id, body) {
    const timestamp = Math.floor(Date.now() / 1000);
    const response = await fetch(this.target.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...signatureHeaders(this.target.secret, id, timestamp, body) },
      body,
      redirect: 'error',
      signal: AbortSignal.any([this.#abandon.signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
    });
    await response.arrayBuffer();
    if (!response.ok) throw new RefusedError(response);
  }
}

/** @param {unknown} error */
function reasonOf(error) {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || error.cause.name : error.message;
}
