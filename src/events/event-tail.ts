import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { getLogger } from '#libs/log';
import { Lifecycle, Loop, type Worker } from '#libs/worker';
import { EVENT_PAGE_MAX, Events, type PublishedEvent } from './events.js';

/** How soon events of other replicas are seen; those of this one are seen at once. */
const POLL_INTERVAL_MS = 500;
/** How long a number that was passed over is looked for: longer than any transaction may run. */
const GAP_PATIENCE_MS = 35_000;
const GAPS_MAX = 1_000;
/** How long events are kept for callers who reconnect. */
const RETENTION_MS = 3_600_000;
const FORGET_INTERVAL_MS = 300_000;

const log = getLogger('events');

export type EventHandler = (event: PublishedEvent) => void;

/**
 * Follows the outbox and hands every event to the subscribers of this process. Transactions may commit in another order
 * than they took their numbers, so numbers that were passed over are looked for again for a while.
 */
@Injectable()
export class EventTail implements Worker {
  readonly name = 'event tail';
  private readonly handlers = new Set<EventHandler>();
  private readonly gaps = new Map<number, number>();
  private readonly loop: Loop;
  /** The last event that was told; undefined before the first start. */
  private position: number | undefined;
  private forgetDueMs = 0;
  private stopListening: () => void = () => undefined;

  constructor(
    private readonly events: Events,
    private readonly clock: Clock,
    lifecycle: Lifecycle,
  ) {
    this.loop = new Loop({
      name: this.name,
      intervalMs: POLL_INTERVAL_MS,
      clock,
      work: () => this.round(),
      onError: (error) => log.warning('Events cannot be read; trying again', { error }),
    });
    lifecycle.add(this);
  }

  /** Tells `handler` every event from now on; returns the way to stop it. */
  subscribe(handler: EventHandler): () => void {
    this.handlers.add(handler);
    return () => this.handlers.delete(handler);
  }

  async start(): Promise<void> {
    this.gaps.clear();
    const last = await this.events.lastSequence();
    // After a pause it goes on where it was: what happened meanwhile is told.
    this.position = Math.min(this.position ?? last, last);
    this.stopListening = this.events.onPublished(() => this.loop.wake());
    this.loop.start();
  }

  async stop(): Promise<void> {
    this.stopListening();
    await this.loop.stop();
  }

  pulse(): ReturnType<Loop['pulse']> {
    return this.loop.pulse();
  }

  private async round(): Promise<boolean> {
    const late = await this.events.bySequences([...this.gaps.keys()]);
    for (const event of late) this.gaps.delete(event.sequence);
    const fresh = await this.events.after(this.position ?? 0);
    for (const event of fresh) {
      this.noteGap(event.sequence);
      this.position = event.sequence;
    }
    for (const event of [...late, ...fresh]) this.tell(event);
    await this.tidy();
    return fresh.length === EVENT_PAGE_MAX;
  }

  private noteGap(sequence: number): void {
    for (let missing = (this.position ?? 0) + 1; missing < sequence && this.gaps.size < GAPS_MAX; missing += 1) {
      this.gaps.set(missing, this.clock.monotonicMs() + GAP_PATIENCE_MS);
    }
  }

  private async tidy(): Promise<void> {
    const nowMs = this.clock.monotonicMs();
    for (const [sequence, untilMs] of this.gaps) if (untilMs < nowMs) this.gaps.delete(sequence);
    if (nowMs < this.forgetDueMs) return;
    this.forgetDueMs = nowMs + FORGET_INTERVAL_MS;
    await this.events.forget(this.clock.now() - RETENTION_MS);
  }

  private tell(event: PublishedEvent): void {
    for (const handler of this.handlers) {
      try {
        handler(event);
      } catch (error) {
        log.error('An event handler failed', { error, type: event.type });
      }
    }
  }
}
