import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { CircuitBreaker, type CircuitReport, type CircuitStore } from '#libs/outbound';
import { StateStore } from '#libs/state';
import { HealthRegistry, type Finding } from '../health/index.js';
import { StateWatch } from '../state/index.js';

/** How a provider's breaker stands, for metrics and people. */
export interface ProviderCircuit extends CircuitReport {
  readonly provider: string;
  /** 0 closed, 1 half-open, 2 open. */
  readonly code: 0 | 1 | 2;
}

const codes = { closed: 0, half_open: 1, open: 2 } as const;

/** The circuit breakers of the providers that are called over a network, one each, shared by the fleet. */
@Injectable()
export class CircuitBreakers {
  private readonly breakers = new Map<string, CircuitBreaker>();
  private readonly store: CircuitStore;

  constructor(
    store: StateStore,
    watch: StateWatch,
    private readonly clock: Clock,
    private readonly health: HealthRegistry,
  ) {
    this.store = watched(store, watch);
  }

  /** The provider's breaker, made and shown in health at the first call. */
  of(provider: string): CircuitBreaker {
    const known = this.breakers.get(provider);
    if (known) return known;
    const breaker = new CircuitBreaker(provider, this.store, this.clock);
    this.breakers.set(provider, breaker);
    this.health.add(`circuit_breaker_${provider}`, async () => findingOf(await breaker.report()));
    return breaker;
  }

  /** Every breaker as it stands now. Never rejects. */
  reports(): Promise<ProviderCircuit[]> {
    return Promise.all(
      [...this.breakers].map(async ([provider, breaker]) => {
        const report = await breaker.report();
        return { provider, code: codes[report.state], ...report };
      }),
    );
  }

  /** Closes the provider's breaker: its settings have changed, and the very next call is to try them. */
  async reset(provider: string): Promise<void> {
    await this.breakers.get(provider)?.reset();
  }
}

/** Calls to the store do not hold up calls to providers while it does not answer. */
function watched(store: StateStore, watch: StateWatch): CircuitStore {
  return {
    nowMs: () => watch.run(() => store.nowMs()),
    get: (key) => watch.run(() => store.get(key)),
    compareAndSet: (...change) => watch.run(() => store.compareAndSet(...change)),
    increment: (...change) => watch.run(() => store.increment(...change)),
    counter: (key) => watch.run(() => store.counter(key)),
  };
}

function findingOf({ state, retryAfterMs, failures, isShared }: CircuitReport): Finding {
  const alone = isShared ? '' : ' (as this process knows; the state backend does not answer)';
  if (state === 'open')
    return {
      status: 'degraded',
      message: `Open: the provider failed repeatedly; calls are refused for another ${Math.ceil(retryAfterMs / 1_000)} s${alone}`,
    };
  if (state === 'half_open')
    return {
      status: 'degraded',
      message: `Half-open: a few calls find out whether the provider is well again${alone}`,
    };
  const inARow = failures === 0 ? '' : `; failures in a row: ${failures}`;
  return { status: 'healthy', message: `Closed${inARow}${alone}` };
}
