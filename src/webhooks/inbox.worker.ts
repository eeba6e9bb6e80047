import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { getLogger, withLogContext } from '#libs/log';
import { Lifecycle, Loop } from '#libs/worker';
import { DELIVERY_ATTEMPTS_MAX, retryDelayMs, type Delivery } from './delivery.js';
import { DeliveryHandler, UnknownJob } from './delivery-handler.js';
import { DeliveryRepository } from './delivery.repository.js';
import { Inbox } from './inbox.js';

/** How soon deliveries left by a crashed replica, or due again, are seen; new ones are seen at once. */
const POLL_INTERVAL_MS = 1_000;
/** How long a claimed delivery belongs to its claimer: longer than a batch takes, shorter than an operator's patience. */
const CLAIM_MS = 60_000;
const BATCH_MAX = 100;
const RETENTION_MS = 30 * 86_400_000;
const FORGET_INTERVAL_MS = 600_000;
const FORGET_BATCH_MAX = 1_000;

const log = getLogger('webhooks');

/** Processes the inbox: each delivery's effect and its mark as processed are one transaction, so it happens once. */
@Injectable()
export class InboxWorker {
  private forgetDueMs = 0;

  constructor(
    private readonly deliveries: DeliveryRepository,
    private readonly handler: DeliveryHandler,
    private readonly clock: Clock,
    inbox: Inbox,
    lifecycle: Lifecycle,
  ) {
    const loop = new Loop({
      name: 'webhook inbox',
      intervalMs: POLL_INTERVAL_MS,
      clock,
      work: () => this.round(),
      onError: (error) => log.warning('The webhook inbox cannot be read; trying again', { error }),
    });
    inbox.onReceived(() => loop.wake());
    lifecycle.add(loop);
  }

  private async round(): Promise<boolean> {
    const nowMs = this.clock.now();
    const batch = await this.deliveries.claim(nowMs, nowMs + CLAIM_MS, BATCH_MAX);
    for (const delivery of batch) await this.process(delivery);
    await this.tidy();
    return batch.length === BATCH_MAX;
  }

  private process(delivery: Delivery): Promise<void> {
    return withLogContext(
      { correlation_id: delivery.correlationId, provider: delivery.provider, job_id: delivery.jobId },
      async () => {
        try {
          await this.handler.handle(delivery);
        } catch (error) {
          await this.fail(delivery, error);
        }
      },
    );
  }

  private async fail(delivery: Delivery, error: unknown): Promise<void> {
    const attempts = delivery.attempts + 1;
    const isLast = attempts >= DELIVERY_ATTEMPTS_MAX;
    const reason = error instanceof UnknownJob ? error.message : 'Processing failed; the log has the details';
    if (isLast) log.error('A webhook delivery is given up', { delivery_id: delivery.id, attempts, error });
    else if (!(error instanceof UnknownJob))
      log.warning('A webhook delivery could not be processed; trying again', {
        delivery_id: delivery.id,
        attempts,
        error,
      });
    await this.deliveries.fail(
      delivery.id,
      attempts,
      reason,
      isLast ? undefined : this.clock.now() + retryDelayMs(attempts),
    );
  }

  private async tidy(): Promise<void> {
    const nowMs = this.clock.now();
    if (nowMs < this.forgetDueMs) return;
    this.forgetDueMs = nowMs + FORGET_INTERVAL_MS;
    await this.deliveries.forget(nowMs - RETENTION_MS, FORGET_BATCH_MAX);
  }
}
