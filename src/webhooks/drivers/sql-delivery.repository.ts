import { Injectable } from '@nestjs/common';
import { In, LessThan, MoreThan, type EntityManager, type FindOptionsWhere, type SelectQueryBuilder } from 'typeorm';
import { Database, insertRows } from '../../database/index.js';
import { DeliveryEntity } from '../delivery.entity.js';
import type { Delivery, NewDelivery } from '../delivery.js';
import { DeliveryRepository, type DeliveryFilter, type DeliveryPage } from '../delivery.repository.js';

const OUTCOME_LENGTH_MAX = 512;

@Injectable()
export class SqlDeliveryRepository extends DeliveryRepository {
  constructor(private readonly database: Database) {
    super();
  }

  override add(deliveries: readonly NewDelivery[]): Promise<ReadonlySet<string>> {
    const rows = deliveries.map((delivery) => ({
      ...delivery,
      body: delivery.body as object,
      state: 'pending' as const,
      attempts: 0,
      nextAttemptAtMs: delivery.receivedAtMs,
      processedAtMs: null,
      outcome: null,
    }));
    // In one order, so that two replicas which are told the same do not wait for each other.
    rows.sort((one, other) => compareText(one.webhookId, other.webhookId));
    return this.database.dialect.returning ? this.addReturning(rows) : this.addAsking(rows);
  }

  private addReturning(rows: readonly DeliveryEntity[]): Promise<ReadonlySet<string>> {
    const ending = 'ON CONFLICT (provider, webhook_id) DO NOTHING RETURNING id';
    return this.database.statement(async (manager) => {
      const stored = await insertRows(manager, DeliveryEntity, rows, { ending });
      return new Set((stored as { id: string }[]).map(({ id }) => id));
    });
  }

  /** MySQL tells how many it stored; which ones has to be asked when these are not all. */
  private async addAsking(rows: readonly DeliveryEntity[]): Promise<ReadonlySet<string>> {
    const verb = 'INSERT IGNORE';
    const result = await this.database.statement((manager) => insertRows(manager, DeliveryEntity, rows, { verb }));
    const ids = rows.map(({ id }) => id);
    if ((result as { affectedRows: number }).affectedRows === rows.length) return new Set(ids);
    const stored = await this.database.run((manager) =>
      manager.find(DeliveryEntity, { select: { id: true }, where: { id: In(ids) } }),
    );
    return new Set(stored.map(({ id }) => id));
  }

  override claim(nowMs: number, untilMs: number, limit: number): Promise<Delivery[]> {
    return this.database.transaction(async (manager) => {
      const query = dueIn(manager, nowMs, limit);
      if (this.database.dialect.skipLocked) query.setLock('pessimistic_write').setOnLocked('skip_locked');
      const due = await query.getMany();
      if (due.length > 0)
        await manager.update(DeliveryEntity, { id: In(due.map(({ id }) => id)) }, { nextAttemptAtMs: untilMs });
      return due;
    });
  }

  override due(nowMs: number, limit: number): Promise<Delivery[]> {
    return this.database.run((manager) => dueIn(manager, nowMs, limit).getMany());
  }

  override async takeOver(nowMs: number): Promise<void> {
    await this.database.run((manager) =>
      manager.update(
        DeliveryEntity,
        { state: 'pending', nextAttemptAtMs: MoreThan(nowMs) },
        { nextAttemptAtMs: nowMs },
      ),
    );
  }

  override async complete(ids: readonly string[], outcome: string, atMs: number): Promise<number> {
    if (ids.length === 0) return 0;
    const { affected } = await this.database.run((manager) =>
      manager.update(
        DeliveryEntity,
        { id: In([...ids]), state: 'pending' },
        { state: 'processed', outcome: clip(outcome), processedAtMs: atMs },
      ),
    );
    return affected ?? 0;
  }

  override async fail(
    id: string,
    attempts: number,
    outcome: string,
    nextAttemptAtMs: number | undefined,
  ): Promise<void> {
    const next = nextAttemptAtMs === undefined ? { state: 'dead' as const } : { nextAttemptAtMs };
    await this.database.run((manager) =>
      manager.update(DeliveryEntity, { id, state: 'pending' }, { attempts, outcome: clip(outcome), ...next }),
    );
  }

  override async find(id: string): Promise<Delivery | undefined> {
    return (await this.database.run((manager) => manager.findOneBy(DeliveryEntity, { id }))) ?? undefined;
  }

  override async page(
    filter: DeliveryFilter,
    limit: number,
    before: { receivedAtMs: number; id: string } | undefined,
  ): Promise<DeliveryPage> {
    return this.database.run(async (manager) => {
      const query = manager.createQueryBuilder(DeliveryEntity, 'delivery').where(whereOf(filter));
      if (before) {
        query.andWhere('(delivery.receivedAtMs < :at OR (delivery.receivedAtMs = :at AND delivery.id < :id))', {
          at: before.receivedAtMs,
          id: before.id,
        });
      }
      const rows = await query
        .orderBy('delivery.receivedAtMs', 'DESC')
        .addOrderBy('delivery.id', 'DESC')
        .take(limit + 1)
        .getMany();
      return { deliveries: rows.slice(0, limit), hasMore: rows.length > limit };
    });
  }

  override replay(filter: DeliveryFilter & { id?: string }, nowMs: number, limit: number): Promise<number> {
    return this.database.transaction(async (manager) => {
      const rows = await manager.find(DeliveryEntity, {
        select: { id: true },
        where: whereOf(filter),
        order: { receivedAtMs: 'ASC' },
        take: limit,
      });
      if (rows.length === 0) return 0;
      await manager.update(
        DeliveryEntity,
        { id: In(rows.map(({ id }) => id)) },
        { state: 'pending', attempts: 0, nextAttemptAtMs: nowMs, processedAtMs: null, outcome: null },
      );
      return rows.length;
    });
  }

  override backlog(): Promise<{ pending: number; dead: number; oldestPendingMs: number | undefined }> {
    return this.database.run(async (manager) => {
      const pending = await manager.countBy(DeliveryEntity, { state: 'pending' });
      const dead = await manager.countBy(DeliveryEntity, { state: 'dead' });
      const oldest = await manager.findOne(DeliveryEntity, {
        select: { id: true, receivedAtMs: true },
        where: { state: 'pending' },
        order: { receivedAtMs: 'ASC' },
      });
      return { pending, dead, oldestPendingMs: oldest?.receivedAtMs };
    });
  }

  override forget(beforeMs: number, limit: number): Promise<number> {
    return this.database.transaction(async (manager) => {
      const rows = await manager.find(DeliveryEntity, {
        select: { id: true },
        where: { state: 'processed', receivedAtMs: LessThan(beforeMs) },
        take: limit,
      });
      if (rows.length > 0) await manager.delete(DeliveryEntity, { id: In(rows.map(({ id }) => id)) });
      return rows.length;
    });
  }
}

function dueIn(manager: EntityManager, nowMs: number, limit: number): SelectQueryBuilder<DeliveryEntity> {
  return manager
    .createQueryBuilder(DeliveryEntity, 'delivery')
    .where('delivery.state = :state AND delivery.nextAttemptAtMs <= :nowMs', { state: 'pending', nowMs })
    .orderBy('delivery.nextAttemptAtMs')
    .take(limit);
}

function whereOf({
  provider,
  state,
  jobId,
  webhookId,
  id,
}: DeliveryFilter & { readonly id?: string }): FindOptionsWhere<DeliveryEntity> {
  const given = Object.entries({ provider, state, jobId, webhookId, id }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given);
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

function clip(text: string): string {
  return text.slice(0, OUTCOME_LENGTH_MAX);
}
