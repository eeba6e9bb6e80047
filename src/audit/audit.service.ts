import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { currentCorrelationId, getLogger } from '#libs/log';
import { Lifecycle, Loop, type Worker } from '#libs/worker';
import { Database } from '../database/index.js';
import { AppendBatcher } from './append-batcher.js';
import { AuditChain } from './audit-chain.js';
import type { EntryDraft } from './audit-entry.js';
import { AuditLog, type AuditEvent } from './audit-log.js';
import { AuditRepository } from './audit.repository.js';
import { CoalescedEvents } from './coalesced-events.js';
import { draftOf } from './entry-draft.js';

/** How long what was gathered waits to be written, also after the database has failed. */
const FLUSH_INTERVAL_MS = 1_000;

const log = getLogger('audit');

/** Writes the audit log: single events in the caller's transaction, the noise of attacks gathered by the minute. */
@Injectable()
export class ChainedAuditLog extends AuditLog implements Worker {
  readonly name = 'audit log';
  private readonly coalesced: CoalescedEvents;
  private readonly batcher: AppendBatcher;
  private readonly loop: Loop;

  constructor(
    private readonly repository: AuditRepository,
    private readonly chain: AuditChain,
    private readonly database: Database,
    clock: Clock,
    lifecycle: Lifecycle,
  ) {
    super();
    this.coalesced = new CoalescedEvents(clock);
    this.batcher = new AppendBatcher((drafts) => this.append(drafts));
    this.loop = new Loop({
      name: this.name,
      intervalMs: FLUSH_INTERVAL_MS,
      clock,
      work: () => this.flush(false),
      onError: (error) => log.error('Security events could not be recorded; trying again', { error }),
    });
    lifecycle.add(this);
  }

  override async record(event: AuditEvent): Promise<void> {
    const draft = draftOf(event, currentCorrelationId());
    if (this.database.isInTransaction) await this.append([draft]);
    else await this.batcher.add(draft);
  }

  override recordCoalesced(event: AuditEvent, key: string): void {
    if (this.coalesced.add(draftOf(event, currentCorrelationId()), key)) this.loop.wake();
  }

  start(): void {
    this.loop.start();
  }

  /** Writes what has been gathered. */
  async stop(): Promise<void> {
    await this.loop.stop();
    while (await this.flush(true)) continue;
  }

  pulse(): ReturnType<Loop['pulse']> {
    return this.loop.pulse();
  }

  private async flush(isLast: boolean): Promise<boolean> {
    const drafts = this.coalesced.next(isLast);
    if (drafts.length === 0) return false;
    await this.append(drafts);
    return this.coalesced.written(drafts.length);
  }

  private async append(drafts: readonly EntryDraft[]): Promise<void> {
    const entries = await this.repository.append(drafts, (draft, head) => this.chain.link(draft, head));
    for (const { sequence, clockSetBackMs } of entries)
      if (clockSetBackMs !== null)
        log.warning('The clock of this server is behind the audit log; check its time', {
          sequence,
          behind_ms: clockSetBackMs,
        });
  }
}
