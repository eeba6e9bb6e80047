import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { getLogger, withLogContext } from '#libs/log';
import { Lifecycle, Loop, type Worker } from '#libs/worker';
import { Config } from '../config/index.js';
import { DELIVERY_ATTEMPTS_MAX, retryDelayMs, type Delivery } from './delivery.js';
import { DeliveryHandler, logContextOf, UnknownJob, type Failure } from './delivery-handler.js';
import { DeliveryRepository } from './delivery.repository.js';
import { Inbox } from './inbox.js';
import { WebhooksMetrics } from './webhooks.metrics.js';

/** How soon deliveries left by a crashed replica, or due again, are seen; new ones are seen at once. */
const POLL_INTERVAL_MS = 1_000;
/** How long a claimed delivery belongs to its claimer: longer than a batch takes, shorter than an operator's patience. */
const CLAIM_MS = 60_000;
/** Deliveries of one transaction: enough to share the wait for the disk, few enough that receipts do not wait long for it. */
const BATCH_MAX = 100;
/**
 * How long new deliveries are let gather, so that a stream of them is not worked through one by one, and those who wait for a
 * receipt get it in between.
 */
const GATHER_MS = 40;
const RETENTION_MS = 30 * 86_400_000;
const FORGET_INTERVAL_MS = 600_000;
const FORGET_BATCH_MAX = 1_000;

const log = getLogger('webhooks');

/** What the worker lives by. */
@Injectable()
export class InboxWorld {
  /** No other replica can be holding a claim. */
  readonly isAlone: boolean;

  constructor(
    readonly clock: Clock,
    readonly lifecycle: Lifecycle,
    readonly metrics: WebhooksMetrics,
    config: Config,
  ) {
    this.isAlone = config.isAlone;
  }
}

/** Processes the inbox: each delivery's effect and its mark as processed are one transaction, so it happens once. */
@Injectable()
export class InboxWorker implements Worker {
  readonly name = 'webhook inbox';
  private readonly clock: Clock;
  private readonly loop: Loop;
  private forgetDueMs = 0;

  constructor(
    private readonly deliveries: DeliveryRepository,
    private readonly handler: DeliveryHandler,
    private readonly inbox: Inbox,
    private readonly world: InboxWorld,
  ) {
    this.clock = world.clock;
    this.loop = new Loop({
      name: this.name,
      intervalMs: POLL_INTERVAL_MS,
      clock: world.clock,
      work: (signal) => this.round(signal),
      onError: (error) => log.warning('The webhook inbox cannot be read; trying again', { error }),
    });
    inbox.onReceived(() => this.loop.wake());
    world.lifecycle.add(this);
  }

  async start(): Promise<void> {
    if (this.world.isAlone) await this.deliveries.takeOver(this.clock.now());
    this.loop.start();
  }

  stop(): Promise<void> {
    return this.loop.stop();
  }

  pulse(): ReturnType<Loop['pulse']> {
    return this.loop.pulse();
  }

  private async round(signal: AbortSignal): Promise<boolean> {
    await this.clock.sleep(GATHER_MS, signal);
    const nowMs = this.clock.now();
    const batch = await this.take(nowMs);
    // By job, so that replicas which process the same jobs at once lock them in the same order.
    const ordered = [...batch].sort((one, other) => compareText(one.jobId ?? '', other.jobId ?? ''));
    if (ordered.length > 0) await this.process(ordered);
    await this.tidy();
    return batch.length === BATCH_MAX;
  }

  private take(nowMs: number): Promise<Delivery[]> {
    if (this.world.isAlone) return this.deliveries.due(nowMs, BATCH_MAX);
    return this.deliveries.claim(nowMs, nowMs + CLAIM_MS, BATCH_MAX);
  }

  /** Together, or one by one when that fails, so that one which cannot be processed takes no other one with it. */
  private async process(deliveries: readonly Delivery[]): Promise<void> {
    const failures = await this.attempt(deliveries);
    const failed = new Set(failures.map(({ delivery }) => delivery));
    for (const delivery of deliveries)
      if (!failed.has(delivery)) this.world.metrics.note(delivery.provider, 'processed');
    for (const failure of failures) await this.fail(failure);
  }

  private async attempt(deliveries: readonly Delivery[]): Promise<readonly Failure[]> {
    try {
      return await this.handler.handle(deliveries);
    } catch (error) {
      const [only, ...others] = deliveries;
      if (only && others.length === 0) return [{ delivery: only, error }];
    }
    const failures: Failure[] = [];
    for (const delivery of deliveries) failures.push(...(await this.attempt([delivery])));
    return failures;
  }

  private fail({ delivery, error }: Failure): Promise<void> {
    return withLogContext(logContextOf(delivery), () => this.failInContext(delivery, error));
  }

  private async failInContext(delivery: Delivery, error: unknown): Promise<void> {
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
    this.world.metrics.note(delivery.provider, isLast ? 'dead' : 'retried');
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

function compareText(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
