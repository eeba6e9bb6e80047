import type { Clock } from '../clock/index.js';
import { SourceFault } from './source-fault.js';

/** The result of `work`, whose signal aborts when it takes longer. @throws SourceFault after `timeoutMs`. */
export function withinTime<Result>(
  clock: Clock,
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const late = new AbortController();
  return new Promise((resolve, reject) => {
    const timer = clock.after(timeoutMs, () => {
      reject(new SourceFault(`gave no answer within ${timeoutMs / 1_000} s`));
      late.abort();
    });
    work(late.signal)
      .then(resolve, reject)
      .finally(() => timer.stop());
  });
}
