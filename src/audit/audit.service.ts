import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { currentCorrelationId, getLogger } from '#libs/log';
import { Lifecycle, type Worker } from '#libs/worker';
import { AuditLog, type AuditEvent } from './audit-log.js';
import { AuditRepository } from './audit.repository.js';
import { AuditSeal } from './audit-seal.js';

/** Equal events within this time become one row. */
const COALESCE_MS = 60_000;
/** How many different events are gathered at a time; beyond it they only count towards the log. */
const COALESCED_KEYS_MAX = 10_000;
const FIELD_LENGTH_MAX = 128;

const log = getLogger('audit');

interface Gathered {
  readonly event: AuditEvent;
  readonly firstMs: number;
  count: number;
}

/** Writes the audit log: single events in the caller's transaction, the noise of attacks gathered by the minute. */
@Injectable()
export class ChainedAuditLog extends AuditLog implements Worker {
  readonly name = 'audit log';
  private readonly gathered = new Map<string, Gathered>();
  private flushing: Promise<void> = Promise.resolve();
  private readonly timers = new Set<{ stop(): void }>();

  constructor(
    private readonly repository: AuditRepository,
    private readonly seal: AuditSeal,
    private readonly clock: Clock,
    lifecycle: Lifecycle,
  ) {
    super();
    lifecycle.add(this);
  }

  override async record(event: AuditEvent): Promise<void> {
    await this.repository.append(
      {
        type: event.type,
        createdAtMs: this.clock.now(),
        actorId: clip(event.actor.id),
        userId: event.actor.userId === null ? null : clip(event.actor.userId),
        address: event.actor.address === null ? null : event.actor.address.slice(0, 64),
        targetType: event.targetType,
        targetId: event.targetId === null ? null : clip(event.targetId),
        details: event.details ?? {},
        correlationId: currentCorrelationId() ?? null,
      },
      (entry) => this.seal.hash(entry),
    );
  }

  override recordCoalesced(event: AuditEvent, key: string): void {
    const whole = `${event.type}\n${key}`;
    const known = this.gathered.get(whole);
    if (known) {
      known.count += 1;
      return;
    }
    if (this.gathered.size >= COALESCED_KEYS_MAX) {
      log.warning('Too many different security events at once; some are not recorded one by one', { type: event.type });
      return;
    }
    // The first of a kind is written at once, so that an operator sees an attack while it goes on.
    this.gathered.set(whole, { event, firstMs: this.clock.now(), count: 0 });
    this.write(event);
    const timer = this.clock.after(COALESCE_MS, () => {
      this.timers.delete(timer);
      this.close(whole);
    });
    this.timers.add(timer);
  }

  start(): void {
    // Nothing to start: the timers begin with the first event.
  }

  /** Writes what has been gathered. */
  async stop(): Promise<void> {
    for (const timer of this.timers) timer.stop();
    this.timers.clear();
    for (const key of [...this.gathered.keys()]) this.close(key);
    await this.flushing;
  }

  private close(key: string): void {
    const gathered = this.gathered.get(key);
    this.gathered.delete(key);
    if (!gathered || gathered.count === 0) return;
    const { event, firstMs, count } = gathered;
    this.write({ ...event, details: { ...event.details, repeated: count, since: new Date(firstMs).toISOString() } });
  }

  private write(event: AuditEvent): void {
    this.flushing = this.flushing.then(() =>
      this.record(event).catch((error: unknown) =>
        log.error('A security event could not be recorded', { error, type: event.type }),
      ),
    );
  }
}

function clip(text: string): string {
  return text.slice(0, FIELD_LENGTH_MAX);
}
