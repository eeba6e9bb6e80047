import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { decodeCursor, encodeCursor } from '#libs/ids';
import { invalidFields, notFound } from '../http/index.js';
import { LostWebhooks } from '../jobs/index.js';
import { DeliveryRepository, type DeliveryFilter } from './delivery.repository.js';
import {
  DeliveryDetailView,
  DeliveryView,
  type DeliveryFilterBody,
  type DeliveryPageView,
  type DeliveryQuery,
  WebhookStatisticsView,
} from './webhooks.dto.js';

const REPLAY_MAX = 10_000;

/** What operators ask of the inbox. */
@Injectable()
export class WebhooksService {
  constructor(
    private readonly deliveries: DeliveryRepository,
    private readonly lostWebhooks: LostWebhooks,
    private readonly clock: Clock,
  ) {}

  async list(query: DeliveryQuery): Promise<DeliveryPageView> {
    const { deliveries, hasMore } = await this.deliveries.page(filterOf(query), query.limit, positionOf(query.cursor));
    const last = deliveries.at(-1);
    return {
      deliveries: deliveries.map((delivery) => DeliveryView.of(delivery)),
      next_cursor: hasMore && last ? encodeCursor([last.receivedAtMs, last.id]) : null,
    };
  }

  async find(id: string): Promise<DeliveryDetailView> {
    const delivery = await this.deliveries.find(id);
    if (!delivery) throw notFound(`The delivery ${id}`);
    return DeliveryDetailView.withBody(delivery);
  }

  async replayOne(id: string): Promise<{ replayed: number }> {
    const replayed = await this.deliveries.replay({ id }, this.clock.now(), 1);
    if (replayed === 0) throw notFound(`The delivery ${id}`);
    return { replayed };
  }

  async replay(filter: DeliveryFilterBody): Promise<{ replayed: number }> {
    return { replayed: await this.deliveries.replay(filterOf(filter), this.clock.now(), REPLAY_MAX) };
  }

  /** What waits, and how often a webhook had to be done without. */
  async statistics(): Promise<WebhookStatisticsView> {
    const [backlog, totals] = await Promise.all([this.deliveries.backlog(), this.lostWebhooks.totals()]);
    return WebhookStatisticsView.of(backlog, totals);
  }
}

function filterOf(body: DeliveryFilterBody): DeliveryFilter {
  return { provider: body.provider, state: body.state, jobId: body.job_id, webhookId: body.webhook_id };
}

function positionOf(cursor: string | undefined): { receivedAtMs: number; id: string } | undefined {
  if (cursor === undefined) return undefined;
  const values = decodeCursor(cursor, ['number', 'string']);
  if (!values) throw invalidFields([{ field: 'cursor', message: 'is not a cursor of this list' }]);
  return { receivedAtMs: values[0], id: values[1] };
}
