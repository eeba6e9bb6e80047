import type { ServerResponse } from 'node:http';
import type { Clock } from '#libs/clock';
import { DomainError } from './domain-error.js';

/** How long a body that is kept in memory may take to arrive; uploads, which are not, have their own measure. */
const BODY_DEADLINE_MS = 60_000;

/**
 * The result of `reading`, a body from its sender.
 * @throws DomainError request_timeout when it takes too long; the connection is closed then, which ends `reading` as well.
 */
export async function withinBodyDeadline<T>(clock: Clock, response: ServerResponse, reading: Promise<T>): Promise<T> {
  let timer = { stop: (): void => undefined };
  const tooLate = new Promise<never>((_, reject) => {
    timer = clock.after(BODY_DEADLINE_MS, () => {
      response.setHeader('Connection', 'close');
      reject(new DomainError('timeout', 'request_timeout', 'The body did not arrive in time.'));
    });
  });
  try {
    return await Promise.race([reading, tooLate]);
  } finally {
    timer.stop();
  }
}
