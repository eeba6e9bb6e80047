import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { newId } from '#libs/ids';
import { getLogger } from '#libs/log';
import { StateStore, type Lease } from '#libs/state';
import { Lifecycle, Loop, type Worker } from '#libs/worker';
import { HealthRegistry, type Finding } from '../../health/index.js';
import type { AuditEntry } from '../audit-entry.js';
import { AuditEntryView } from '../audit.dto.js';
import { AuditRepository } from '../audit.repository.js';
import { CheckpointRepository } from '../checkpoint.repository.js';
import { ForwardingRepository } from './forwarding.repository.js';
import { SiemClient } from './siem-client.js';

const INTERVAL_MS = 2_000;
const ROWS_PER_DOCUMENT_MAX = 200;
/** A receiver that fails is left alone for a time that doubles, between these two. */
const PAUSE_MS_MIN = 2_000;
const PAUSE_MS_MAX = 300_000;
/** A document may take longer to send: then two replicas may send it, and the receiver sees its rows twice. */
const LEASE_MS = 15_000;
const HASH_CHARS = 16;
/** Rows that wait for longer than this make health degraded. */
const LATE_MS = 900_000;

const log = getLogger('audit');

/** The log and how far it has been sent. */
@Injectable()
export class ForwardingSource {
  constructor(
    readonly entries: AuditRepository,
    readonly checkpoints: CheckpointRepository,
    readonly forwarding: ForwardingRepository,
  ) {}

  /** The oldest rows that have not been sent, in their order. */
  async unsent(): Promise<AuditEntry[]> {
    const [{ sentThrough }, { retiredThrough }, { sequence }] = await Promise.all([
      this.forwarding.progress(),
      this.checkpoints.progress(),
      this.entries.head(),
    ]);
    const fromSequence = Math.max(sentThrough, retiredThrough) + 1;
    const toSequence = Math.min(sequence, fromSequence + ROWS_PER_DOCUMENT_MAX - 1);
    const rows: AuditEntry[] = [];
    if (fromSequence > toSequence) return rows;
    for await (const entry of this.entries.walk({ fromSequence, toSequence })) rows.push(entry);
    return rows;
  }
}

/** What the forwarder uses of the platform. */
@Injectable()
export class ForwarderFacilities {
  constructor(
    readonly clock: Clock,
    readonly state: StateStore,
    readonly lifecycle: Lifecycle,
    readonly health: HealthRegistry,
  ) {}
}

/**
 * Hands the audit log, row by row in its order, to a system outside (a SIEM) by signed webhook: at least once, with a cursor
 * that survives restarts, so that nothing is missing after the receiver was down. One replica does it at a time.
 */
@Injectable()
export class AuditForwarder implements Worker {
  readonly name = 'audit forwarding';
  private readonly loop: Loop;
  private readonly holder = newId();
  private lease: Lease | undefined;
  private pauseMs = 0;
  private dueAtMs = 0;

  constructor(
    private readonly source: ForwardingSource,
    private readonly receiver: SiemClient,
    private readonly facilities: ForwarderFacilities,
  ) {
    this.loop = new Loop({
      name: this.name,
      intervalMs: INTERVAL_MS,
      clock: facilities.clock,
      work: () => this.round(),
      onError: (error) => this.postpone(error),
    });
    if (!receiver.isConfigured) return;
    facilities.lifecycle.add(this);
    facilities.health.add('audit_forwarding', () => this.find());
  }

  start(): void {
    this.loop.start();
  }

  async stop(): Promise<void> {
    await this.loop.stop();
    if (this.lease) await this.facilities.state.releaseLease(this.lease).catch(() => undefined);
    await this.receiver.close();
  }

  pulse(): ReturnType<Loop['pulse']> {
    return this.loop.pulse();
  }

  private async round(): Promise<boolean> {
    if (this.facilities.clock.monotonicMs() < this.dueAtMs || !(await this.holdsLease())) return false;
    const rows = await this.source.unsent();
    const [first, last] = [rows.at(0), rows.at(-1)];
    if (!first || !last) return false;
    const body = JSON.stringify({ type: 'audit.rows', rows: rows.map((row) => AuditEntryView.of(row)) });
    // After a restore numbers come again, with other rows: a receiver must not take those for what it has already.
    await this.receiver.send(`audit-${first.sequence}-${last.sequence}-${last.hash.slice(0, HASH_CHARS)}`, body);
    await this.source.forwarding.advance(last.sequence, this.facilities.clock.now());
    this.pauseMs = 0;
    return rows.length === ROWS_PER_DOCUMENT_MAX;
  }

  private async holdsLease(): Promise<boolean> {
    this.lease =
      (this.lease && (await this.facilities.state.renewLease(this.lease, LEASE_MS))) ??
      (await this.facilities.state.acquireLease('audit-forwarding', this.holder, LEASE_MS));
    return this.lease !== undefined;
  }

  private postpone(error: unknown): void {
    this.pauseMs = Math.min(Math.max(this.pauseMs * 2, PAUSE_MS_MIN), PAUSE_MS_MAX);
    this.dueAtMs = this.facilities.clock.monotonicMs() + this.pauseMs;
    log.warning('Audit rows cannot be forwarded; trying again', { error, retry_in_seconds: this.pauseMs / 1_000 });
  }

  private async find(): Promise<Finding> {
    const [oldest] = await this.source.unsent();
    const waitsMs = oldest ? this.facilities.clock.now() - oldest.createdAtMs : 0;
    if (waitsMs < LATE_MS) return { status: 'healthy', message: 'Audit rows are forwarded' };
    return {
      status: 'degraded',
      message: `Audit rows have been waiting to be forwarded for ${Math.round(waitsMs / 60_000)} min`,
    };
  }
}
