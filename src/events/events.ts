import { Injectable } from '@nestjs/common';
import { LessThan, MoreThan } from 'typeorm';
import { Clock } from '#libs/clock';
import { Database } from '../database/index.js';
import { EventEntity } from './event.entity.js';

/** What is announced to people and to other replicas. */
export type EventType = 'cloud_job_update' | 'job_status_changed' | 'upload_progress' | 'notification';

export interface PublishedEvent {
  readonly sequence: number;
  readonly type: string;
  readonly userId: string | null;
  readonly payload: unknown;
}

/** How many events one read takes at most. */
export const EVENT_PAGE_MAX = 500;

/** The outbox: events are rows written in the caller's transaction, so that an event is told if and only if it happened. */
@Injectable()
export class Events {
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Records an event; it is delivered at least once to every replica after the caller's transaction commits. */
  async publish(type: EventType, payload: object, userId: string | null): Promise<void> {
    await this.database.run((manager) =>
      manager.insert(EventEntity, { type, payload, userId, createdAtMs: this.clock.now() }),
    );
    this.database.afterCommit(() => this.listeners.forEach((listener) => listener()));
  }

  /** Calls `listener` whenever this process has published something; returns the way to stop it. */
  onPublished(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Events after `sequence` in order, at most EVENT_PAGE_MAX. */
  async after(sequence: number): Promise<PublishedEvent[]> {
    return this.database.run((manager) =>
      manager.find(EventEntity, {
        where: { sequence: MoreThan(sequence) },
        order: { sequence: 'ASC' },
        take: EVENT_PAGE_MAX,
      }),
    );
  }

  async bySequences(sequences: readonly number[]): Promise<PublishedEvent[]> {
    if (sequences.length === 0) return [];
    return this.database.run((manager) =>
      manager
        .createQueryBuilder(EventEntity, 'event')
        .where('event.sequence IN (:...sequences)', { sequences })
        .orderBy('event.sequence')
        .getMany(),
    );
  }

  async lastSequence(): Promise<number> {
    const [last] = await this.database.run((manager) =>
      manager.find(EventEntity, { order: { sequence: 'DESC' }, take: 1 }),
    );
    return last?.sequence ?? 0;
  }

  /** Forgets events older than `beforeMs`; the newest stays, so that sequences never start again. */
  async forget(beforeMs: number): Promise<void> {
    const last = await this.lastSequence();
    await this.database.run((manager) =>
      manager.delete(EventEntity, { createdAtMs: LessThan(beforeMs), sequence: LessThan(last) }),
    );
  }
}
