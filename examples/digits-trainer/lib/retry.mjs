// @ts-check
import { setTimeout as delay } from 'node:timers/promises';

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;

/**
 * How long and how patiently to try again.
 * @typedef {object} RetryOptions
 * @property {(error: unknown) => boolean} isTransient whether another try can help
 * @property {number} patienceMs no new try after this time; the last error is thrown
 * @property {AbortSignal} [signal] ends the waiting
 * @property {(error: unknown, waitMs: number) => void} [onRetry]
 * @property {(error: unknown) => number} [retryAfterMs] the least wait that the other side asked for
 * @property {(ms: number, signal?: AbortSignal) => Promise<void>} [sleep]
 * @property {() => number} [now] milliseconds
 */

/**
 * Runs `attempt` until it succeeds, with exponential back-off and jitter (half of each wait is random, so that many
 * trainers do not come back together).
 * @template T
 * @param {() => Promise<T>} attempt
 * @param {RetryOptions} options
 * @returns {Promise<T>}
 */
export async function retry(
  attempt,
  { isTransient, patienceMs, signal, onRetry, retryAfterMs, sleep = wait, now = clock },
) {
  const deadline = now() + patienceMs;
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      return await attempt();
    } catch (error) {
      const jittered = waitMs * (0.5 + Math.random() / 2);
      const pauseMs = Math.max(jittered, retryAfterMs?.(error) ?? 0);
      if (signal?.aborted || !isTransient(error) || now() + pauseMs > deadline) throw error;
      onRetry?.(error, pauseMs);
      await sleep(pauseMs, signal);
    }
  }
}

/**
 * @param {number} ms
 * @param {AbortSignal} [signal]
 */
async function wait(ms, signal) {
  await delay(ms, undefined, { signal });
}

function clock() {
  return performance.now();
}
