import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { HealthRegistry, type Component } from '../health/index.js';
import { Listeners } from '../http/index.js';
import { StateWatch } from '../state/index.js';
import { version } from '../version.js';
import type { Family } from './family.js';
import { Metrics } from './metrics.js';

const ofHealth = { type: 'gauge', category: 'health', scope: 'process' } as const satisfies Partial<Family>;

/** What the platform tells of this process: how long it runs, which version it is, and how its components answer. */
@Injectable()
export class ProcessFamilies implements OnApplicationBootstrap {
  constructor(
    private readonly metrics: Metrics,
    private readonly health: HealthRegistry,
    clock: Clock,
    state: StateWatch,
    listeners: Listeners,
  ) {
    const startedMs = clock.monotonicMs();
    metrics.add({ ...ofHealth, name: 'simpletuner_uptime_seconds', help: 'Time since the server started' }, () => [
      { value: Math.round((clock.monotonicMs() - startedMs) / 100) / 10 },
    ]);
    metrics.add({ ...ofHealth, name: 'simpletuner_build_info', help: 'Always 1; the labels say what runs' }, () => [
      { labels: { version, node_version: process.version }, value: 1 },
    ]);
    metrics.add(
      { ...ofHealth, name: 'simpletuner_state_backend_up', help: 'Whether the state backend answers (1) or not (0)' },
      () => [{ value: Number(state.isAvailable) }],
    );
    metrics.add(
      {
        ...ofHealth,
        name: 'simpletuner_tls_certificate_expiry_timestamp_seconds',
        help: 'When the certificate of the public listener runs out; absent without one',
      },
      () => {
        const expiryMs = listeners.certificateExpiryMs;
        return expiryMs === undefined ? [] : [{ value: expiryMs / 1_000 }];
      },
    );
  }

  /** Components are known once every module has told of its own. */
  onApplicationBootstrap(): void {
    const components = (): Promise<Component[]> => this.health.components(false);
    for (const component of this.health.componentNames) {
      const name = `simpletuner_health_${component.replaceAll(/\W/g, '_')}_latency_ms`;
      this.metrics.add(
        { ...ofHealth, name, help: `Time in which the component ${component} answered` },
        async (scrape) =>
          (await scrape.once(components))
            .filter((found) => found.name === component && found.latency_ms !== undefined)
            .map(({ latency_ms: value = 0 }) => ({ value })),
      );
    }
  }
}
