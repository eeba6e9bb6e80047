import type { Clock } from '../clock/index.js';
import { getLogger } from '../log/index.js';
import { StateUnavailable, type StateStore } from '../state/index.js';
import {
  admit,
  closedCircuit,
  readCircuit,
  settle,
  writeCircuit,
  type CircuitState,
  type Ticket,
} from './circuit-state.js';
import { LocalCircuitRecords } from './local-circuit-records.js';

/** Where a circuit's state is kept. */
export type CircuitRecords = Pick<StateStore, 'nowMs' | 'get' | 'compareAndSet'>;
/** What a breaker needs of a state store. */
export type CircuitStore = CircuitRecords & Pick<StateStore, 'increment' | 'counter'>;

/** How often a change is tried again when other processes change the same circuit at the same moment. */
const CHANGE_ATTEMPTS_MAX = 20;
/** A circuit that nobody uses is forgotten. */
const KEPT_MS = 86_400_000;

const log = getLogger('outbound');

export interface CircuitReport {
  /** `half_open` also once an opening is over and the next call will be a probe. */
  readonly state: CircuitState['kind'];
  /** How long calls are still refused, in milliseconds. */
  readonly retryAfterMs: number;
  /** Failures in a row, while it is closed. */
  readonly failures: number;
  /** Failures of all processes, ever. */
  readonly failuresTotal: number;
  /** False while the shared store does not answer: each process then counts for itself. */
  readonly isShared: boolean;
}

/** A call that was let through; `end` must be called once with its outcome. */
export interface AdmittedCall {
  end(isSuccess: boolean): Promise<void>;
}

/**
 * Keeps calls from a destination that has failed again and again (`circuitRules`). What it knows is shared by all processes
 * through the store; while that does not answer, each goes on with what it knew last.
 */
export class CircuitBreaker {
  private readonly key: string;
  private readonly local: LocalCircuitRecords;
  /** Failures of all processes when the store was last asked, and those since then that it has not been told. */
  private failuresTold = 0;
  private failuresUntold = 0;

  constructor(
    readonly name: string,
    private readonly shared: CircuitStore,
    clock: Clock,
  ) {
    this.key = `circuit:${name}`;
    this.local = new LocalCircuitRecords(clock);
  }

  /** The call, or for how long it is refused, in milliseconds. Never rejects. */
  enter(): Promise<AdmittedCall | { readonly retryAfterMs: number }> {
    return this.within(async (store) => {
      for (let attempt = 1; ; attempt += 1) {
        const text = await store.get(this.key);
        const before = readCircuit(text);
        // The common case costs one question: a closed circuit does not depend on the time.
        const answer = admit(before, before.kind === 'closed' ? 0 : await store.nowMs());
        if (!answer.isAdmitted) return { retryAfterMs: answer.retryAfterMs };
        const isChanged = answer.state !== before;
        if (!isChanged || (await this.write(store, text, answer.state))) return this.call(answer.ticket, before);
        if (attempt === CHANGE_ATTEMPTS_MAX) return { retryAfterMs: 1_000 };
      }
    });
  }

  /** Closes it: something has changed that may have been the reason of the failures. Never rejects. */
  async reset(): Promise<void> {
    await this.change(() => closedCircuit);
  }

  /** How it stands. Never rejects. */
  async report(): Promise<CircuitReport> {
    await this.countFailures(0);
    return this.within(async (store) => {
      const state = readCircuit(await store.get(this.key));
      const leftMs = state.kind === 'open' ? Math.max(0, state.untilMs - (await store.nowMs())) : 0;
      return {
        state: state.kind === 'open' && leftMs === 0 ? 'half_open' : state.kind,
        retryAfterMs: leftMs,
        failures: state.kind === 'closed' ? state.failures : 0,
        failuresTotal: this.failuresTold + this.failuresUntold,
        isShared: store !== this.local,
      };
    });
  }

  /** Adds failures to the total of all processes; those that the store cannot be told now are told later. */
  private async countFailures(added: number): Promise<void> {
    const untold = this.failuresUntold + added;
    this.failuresUntold = 0;
    const key = `${this.key}:failures`;
    try {
      this.failuresTold =
        untold > 0 ? await this.shared.increment(key, untold) : ((await this.shared.counter(key)) ?? 0);
    } catch (error) {
      if (!(error instanceof StateUnavailable)) throw error;
      this.failuresUntold += untold;
    }
  }

  private call(ticket: Ticket, seen: CircuitState): AdmittedCall {
    return {
      end: async (isSuccess) => {
        if (!isSuccess) await this.countFailures(1);
        const isAtRest = seen.kind === 'closed' && seen.failures === 0;
        if (isSuccess && isAtRest) return;
        await this.change((state, nowMs) => settle(state, ticket, isSuccess, nowMs));
      },
    };
  }

  private change(decide: (state: CircuitState, nowMs: number) => CircuitState): Promise<void> {
    return this.within(async (store) => {
      for (let attempt = 1; attempt <= CHANGE_ATTEMPTS_MAX; attempt += 1) {
        const [text, nowMs] = await Promise.all([store.get(this.key), store.nowMs()]);
        const before = readCircuit(text);
        const after = decide(before, nowMs);
        if (after !== before && !(await this.write(store, text, after))) continue;
        this.tell(before, after);
        return;
      }
    });
  }

  private async write(store: CircuitRecords, expected: string | undefined, state: CircuitState): Promise<boolean> {
    const text = writeCircuit(state);
    if (text === undefined && expected === undefined) return true;
    const isDone = await store.compareAndSet(this.key, expected, text, (await store.nowMs()) + KEPT_MS);
    // Should the store fall silent, this process goes on from here.
    if (isDone && store !== this.local) this.local.put(this.key, text);
    return isDone;
  }

  private tell(before: CircuitState, after: CircuitState): void {
    if (before.kind === after.kind) return;
    if (after.kind === 'open') log.warning('Too many failures: calls are refused for a while', { circuit: this.name });
    if (after.kind === 'closed') log.info('Calls are let through again', { circuit: this.name });
  }

  private async within<T>(work: (store: CircuitRecords) => Promise<T>): Promise<T> {
    try {
      return await work(this.shared);
    } catch (error) {
      if (!(error instanceof StateUnavailable)) throw error;
      return work(this.local);
    }
  }
}
