import { Clock, type Stoppable } from '#libs/clock';
import { getLogger } from '#libs/log';
import { StateUnavailable, type StateBackend } from '#libs/state';
import { stateRequestLimits } from './state-limits.js';

const log = getLogger('state');

/**
 * Keeps requests from waiting for a store that does not answer: calls have a short time-out of their own, and after the first
 * failure none is made any more until a ping in the background succeeds.
 */
export class StateWatch {
  private downSinceMs: number | undefined;
  private isClosed = false;
  private probe: Stoppable | undefined;

  constructor(
    private readonly backend: Pick<StateBackend, 'ping'>,
    private readonly clock: Clock,
  ) {}

  get isAvailable(): boolean {
    return this.downSinceMs === undefined;
  }

  /** How long the store has not answered, in milliseconds; 0 while it does. */
  get downForMs(): number {
    return this.downSinceMs === undefined ? 0 : this.clock.monotonicMs() - this.downSinceMs;
  }

  /**
   * A call on behalf of a request. Whether a call that ran out of time takes effect is unknown.
   * @throws StateUnavailable within `requestTimeoutMs`, at once while the store is known not to answer.
   */
  run<Result>(call: () => Promise<Result>): Promise<Result> {
    if (!this.isAvailable) return Promise.reject(new StateUnavailable('the state backend does not answer'));
    return new Promise((resolve, reject) => {
      const late = this.clock.after(stateRequestLimits.requestTimeoutMs, () => {
        // After a stall of this process the answer may have arrived already: it is read before the store is blamed.
        setImmediate(() => reject(new StateUnavailable(`no answer within ${stateRequestLimits.requestTimeoutMs} ms`)));
      });
      call()
        .then(resolve, reject)
        .finally(() => late.stop());
    }).catch((error: unknown) => {
      if (error instanceof StateUnavailable) this.noteFailure(error);
      throw error;
    }) as Promise<Result>;
  }

  close(): void {
    this.isClosed = true;
    this.probe?.stop();
  }

  private noteFailure(error: StateUnavailable): void {
    if (!this.isAvailable || this.isClosed) return;
    this.downSinceMs = this.clock.monotonicMs();
    log.warning('The state backend does not answer; requests go on without it', { error });
    this.probeLater();
  }

  private probeLater(): void {
    if (this.isClosed) return;
    this.probe = this.clock.after(stateRequestLimits.probeIntervalMs, () => {
      this.backend.ping().then(
        () => this.noteRecovery(),
        () => this.probeLater(),
      );
    });
  }

  private noteRecovery(): void {
    if (this.isClosed) return;
    log.info('The state backend answers again', { down_for_ms: Math.round(this.downForMs) });
    this.downSinceMs = undefined;
  }
}
