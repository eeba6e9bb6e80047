import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { Metrics, type FleetCounter } from '../metrics/index.js';
import { DeliveryRepository } from './delivery.repository.js';

/** What became of a delivery: at the door, or each time it was processed. */
export type DeliveryResult = 'received' | 'duplicate' | 'rejected' | 'processed' | 'retried' | 'dead';

/** The families of webhooks. */
@Injectable()
export class WebhooksMetrics {
  private readonly deliveries: FleetCounter;

  constructor(metrics: Metrics, repository: DeliveryRepository, clock: Clock) {
    const category = 'provider';
    this.deliveries = metrics.counter(
      { name: 'simpletuner_webhook_deliveries_total', help: 'Webhook deliveries by what became of them', category },
      ['provider', 'result'],
    );
    const common = { category, type: 'gauge', scope: 'fleet' } as const;
    const backlog = (): ReturnType<DeliveryRepository['backlog']> => repository.backlog();
    metrics.add(
      { ...common, name: 'simpletuner_webhook_inbox_deliveries', help: 'Deliveries that wait or were given up' },
      async (scrape) => {
        const { pending, dead } = await scrape.once(backlog);
        return [
          { labels: { state: 'pending' }, value: pending },
          { labels: { state: 'dead' }, value: dead },
        ];
      },
    );
    metrics.add(
      {
        ...common,
        name: 'simpletuner_webhook_inbox_age_seconds',
        help: 'How long the oldest delivery has waited to be processed; 0 when none waits',
      },
      async (scrape) => {
        const { oldestPendingMs } = await scrape.once(backlog);
        return [{ value: oldestPendingMs === undefined ? 0 : Math.max(0, clock.now() - oldestPendingMs) / 1_000 }];
      },
    );
  }

  note(provider: string, result: DeliveryResult, deliveries = 1): void {
    this.deliveries.add([provider, result], deliveries);
  }
}
