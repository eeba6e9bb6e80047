import { Injectable } from '@nestjs/common';
import { Metrics } from '../metrics/index.js';
import { CircuitBreakers, type ProviderCircuit } from './circuit-breakers.js';
import { InsecureWatch } from './insecure-watch.js';
import { ProviderRegistry } from './provider-registry.js';

/** The families of providers: their breakers, and whether their certificates are verified. */
@Injectable()
export class ProvidersMetrics {
  constructor(metrics: Metrics, circuits: CircuitBreakers, insecure: InsecureWatch, registry: ProviderRegistry) {
    const reports = (): Promise<ProviderCircuit[]> => circuits.reports();
    const ofBreakers = { category: 'circuit_breakers', scope: 'fleet' } as const;
    metrics.add(
      {
        ...ofBreakers,
        name: 'simpletuner_circuit_breaker_state',
        type: 'gauge',
        help: 'Circuit breaker of a provider: 0 closed, 1 half-open, 2 open',
      },
      async (scrape) =>
        (await scrape.once(reports)).map(({ provider, code }) => ({ labels: { provider }, value: code })),
    );
    metrics.add(
      {
        ...ofBreakers,
        name: 'simpletuner_circuit_breaker_failures_total',
        type: 'counter',
        help: 'Calls to a provider that failed',
      },
      async (scrape) =>
        (await scrape.once(reports)).map(({ provider, failuresTotal: value }) => ({ labels: { provider }, value })),
    );
    metrics.add(
      {
        name: 'simpletuner_provider_tls_verification_disabled',
        type: 'gauge',
        category: 'provider',
        scope: 'fleet',
        help: 'Whether a provider is called without looking at its certificate (1) or not (0)',
      },
      async () => {
        const names = await insecure.insecureProviders();
        return registry.offered
          .filter(({ isRemote }) => isRemote)
          .map(({ name }) => ({ labels: { provider: name }, value: Number(names.includes(name)) }));
      },
    );
    metrics.add(
      {
        name: 'simpletuner_credit_balance_usd',
        type: 'gauge',
        category: 'provider',
        scope: 'fleet',
        help: 'Credit left at a provider, in US dollars; absent for providers that do not tell it, as all of those here',
      },
      () => [],
    );
  }
}
