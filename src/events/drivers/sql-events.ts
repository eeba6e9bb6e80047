import { Injectable } from '@nestjs/common';
import { LessThan, MoreThan } from 'typeorm';
import { Clock } from '#libs/clock';
import { Database, insertRows } from '../../database/index.js';
import { EventEntity } from '../event.entity.js';
import { EVENT_PAGE_MAX, Events, type NewEvent, type PublishedEvent } from '../events.js';

@Injectable()
export class SqlEvents extends Events {
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {
    super();
  }

  override async publishAll(events: readonly NewEvent[]): Promise<void> {
    if (events.length === 0) return;
    const createdAtMs = this.clock.now();
    const rows = events.map((event) => ({ ...event, createdAtMs }));
    await this.database.run((manager) => insertRows(manager, EventEntity, rows));
    this.database.afterCommit(() => this.listeners.forEach((listener) => listener()));
  }

  override onPublished(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  override async after(sequence: number): Promise<PublishedEvent[]> {
    return this.database.run((manager) =>
      manager.find(EventEntity, {
        where: { sequence: MoreThan(sequence) },
        order: { sequence: 'ASC' },
        take: EVENT_PAGE_MAX,
      }),
    );
  }

  override async bySequences(sequences: readonly number[]): Promise<PublishedEvent[]> {
    if (sequences.length === 0) return [];
    return this.database.run((manager) =>
      manager
        .createQueryBuilder(EventEntity, 'event')
        .where('event.sequence IN (:...sequences)', { sequences })
        .orderBy('event.sequence')
        .getMany(),
    );
  }

  override async lastSequence(): Promise<number> {
    const [last] = await this.database.run((manager) =>
      manager.find(EventEntity, { order: { sequence: 'DESC' }, take: 1 }),
    );
    return last?.sequence ?? 0;
  }

  override async forget(beforeMs: number): Promise<void> {
    const last = await this.lastSequence();
    await this.database.run((manager) =>
      manager.delete(EventEntity, { createdAtMs: LessThan(beforeMs), sequence: LessThan(last) }),
    );
  }
}
