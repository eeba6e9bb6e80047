import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { getLogger, withLogContext } from '#libs/log';
import { Lifecycle, Loop, type Worker } from '#libs/worker';
import { Config } from '../config/index.js';
import { DELIVERY_ATTEMPTS_MAX, retryDelayMs, type Delivery } from './delivery.js';
import { DeliveryHandler, logContextOf, UnknownJob } from './delivery-handler.js';
import { DeliveryRepository } from './delivery.repository.js';
import { Inbox } from './inbox.js';

/** How soon deliveries left by a crashed replica, or due again, are seen; new ones are seen at once. */
const POLL_INTERVAL_MS = 1_000;
/** How long a claimed delivery belongs to its claimer: longer than a batch takes, shorter than an operator's patience. */
const CLAIM_MS = 60_000;
const BATCH_MAX = 100;
/** Deliveries of one transaction: enough to share the wait for the disk, few enough that receipts do not wait long for it. */
const GROUP_MAX = 10;
/** How long new deliveries are let gather, so that a stream of them is not worked through one by one. */
const GATHER_MS = 20;
/**
 * How long processing stands back after each group while deliveries keep coming: whoever sends one waits for a receipt. It
 * still works through more in a minute than a sender's budget lets in.
 */
const DEFERRAL_MS = 40;
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
    const batch = await this.deliveries.claim(nowMs, nowMs + CLAIM_MS, BATCH_MAX);
    // By job, so that replicas which process the same jobs at once lock them in the same order.
    const ordered = [...batch].sort((one, other) => compareText(one.jobId ?? '', other.jobId ?? ''));
    for (let start = 0, seen = this.inbox.arrivals; start < ordered.length; start += GROUP_MAX) {
      if (this.inbox.arrivals !== seen) await this.clock.sleep(DEFERRAL_MS, signal);
      seen = this.inbox.arrivals;
      await this.processGroup(ordered.slice(start, start + GROUP_MAX));
    }
    await this.tidy();
    return batch.length === BATCH_MAX;
  }

  /** Together, or one by one when one of them cannot be processed, so that it takes no other one with it. */
  private async processGroup(group: readonly Delivery[]): Promise<void> {
    try {
      await this.handler.handleAll(group);
    } catch {
      for (const delivery of group) await this.process(delivery);
    }
  }

  private process(delivery: Delivery): Promise<void> {
    return withLogContext(logContextOf(delivery), async () => {
      try {
        await this.handler.handle(delivery);
      } catch (error) {
        await this.fail(delivery, error);
      }
    });
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

function compareText(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
