import type { Clock } from '../clock/index.js';
import { StateLimitExceeded, StateUnavailable } from './errors.js';

/** Bounds every call to a server in time and turns whatever goes wrong into `StateUnavailable`. */
export class Deadline {
  constructor(
    private readonly driver: string,
    private readonly clock: Clock,
    readonly timeoutMs: number,
  ) {}

  /** The result of `work`; after the time-out it is given up, and `late` lets go of what may be stuck. */
  run<Result>(work: Promise<Result>, late?: () => void): Promise<Result> {
    return new Promise((resolve, reject) => {
      const timer = this.clock.after(this.timeoutMs, () => {
        reject(new StateUnavailable(`${this.driver}: no answer within ${this.timeoutMs} ms`));
        late?.();
      });
      work.then(
        (result) => {
          timer.stop();
          resolve(result);
        },
        (error: unknown) => {
          timer.stop();
          reject(this.unavailable(error));
        },
      );
    });
  }

  private unavailable(error: unknown): Error {
    if (error instanceof StateUnavailable || error instanceof StateLimitExceeded) return error;
    return new StateUnavailable(`${this.driver}: ${codeOf(error) ?? 'failed'}`, { cause: error });
  }
}

/** What may be said of a failure. Only the code: messages of drivers may carry addresses, statements and keys. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error) return String(error.code);
  // Redis begins its refusals with a word of its own, such as WRONGPASS or NOAUTH.
  return error.name === 'ReplyError' ? /^[A-Z]{2,16}(?= )/.exec(error.message)?.[0] : undefined;
}
