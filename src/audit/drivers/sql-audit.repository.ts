import { Injectable } from '@nestjs/common';
import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import { Database } from '../../database/index.js';
import type { AuditEntry } from '../audit-entry.js';
import { AuditEntryEntity } from '../audit-entry.entity.js';
import { AuditHeadEntity } from '../audit-head.entity.js';
import { AuditRepository, type AuditFilter, type AuditPage, type EntryDraft, type Seal } from '../audit.repository.js';

const WALK_PAGE = 1_000;

@Injectable()
export class SqlAuditRepository extends AuditRepository {
  constructor(private readonly database: Database) {
    super();
  }

  override append(draft: EntryDraft, seal: Seal): Promise<AuditEntry> {
    return this.database.transaction(async (manager) => {
      const head = await this.lockHead(manager);
      const chained = {
        ...draft,
        sequence: head.sequence + 1,
        previousHash: head.hash,
        // The order of the chain is the order of time, also when the clocks of two replicas differ.
        createdAtMs: Math.max(draft.createdAtMs, head.createdAtMs),
      };
      const entry: AuditEntry = { ...chained, hash: seal(chained) };
      await manager.insert(AuditEntryEntity, entry);
      await manager.update(
        AuditHeadEntity,
        { id: 1 },
        { sequence: entry.sequence, hash: entry.hash, createdAtMs: entry.createdAtMs },
      );
      return entry;
    });
  }

  override async page(filter: AuditFilter, limit: number, beforeSequence: number | undefined): Promise<AuditPage> {
    return this.database.run(async (manager) => {
      const matching = applyFilter(manager.createQueryBuilder(AuditEntryEntity, 'entry'), filter);
      const total = await matching.getCount();
      if (beforeSequence !== undefined) matching.andWhere('entry.sequence < :beforeSequence', { beforeSequence });
      const entries = await matching
        .orderBy('entry.sequence', 'DESC')
        .take(limit + 1)
        .getMany();
      return { entries: entries.slice(0, limit).map(toDomain), total, hasMore: entries.length > limit };
    });
  }

  override async *walk(fromSequence: number, toSequence: number): AsyncIterable<AuditEntry> {
    for (let next = fromSequence; next <= toSequence;) {
      const rows = await this.database.run((manager) =>
        manager
          .createQueryBuilder(AuditEntryEntity, 'entry')
          .where('entry.sequence BETWEEN :next AND :toSequence', { next, toSequence })
          .orderBy('entry.sequence')
          .take(WALK_PAGE)
          .getMany(),
      );
      yield* rows.map(toDomain);
      if (rows.length < WALK_PAGE) return;
      next = (rows.at(-1)?.sequence ?? toSequence) + 1;
    }
  }

  override async head(): Promise<{ sequence: number; hash: string }> {
    const head = await this.database.run((manager) => manager.findOneByOrFail(AuditHeadEntity, { id: 1 }));
    return { sequence: head.sequence, hash: head.hash };
  }

  override async countByType(): Promise<Readonly<Record<string, number>>> {
    const rows = await this.database.run((manager) =>
      manager
        .createQueryBuilder(AuditEntryEntity, 'entry')
        .select('entry.type', 'type')
        .addSelect('COUNT(*)', 'count')
        .groupBy('entry.type')
        .getRawMany<{ type: string; count: number | string }>(),
    );
    return Object.fromEntries(rows.map(({ type, count }) => [type, Number(count)]));
  }

  private lockHead(manager: EntityManager): Promise<AuditHeadEntity> {
    const query = manager.createQueryBuilder(AuditHeadEntity, 'head').where('head.id = 1');
    if (!this.database.dialect.sharedConnection) query.setLock('pessimistic_write');
    return query.getOneOrFail();
  }
}

function applyFilter(
  query: SelectQueryBuilder<AuditEntryEntity>,
  filter: AuditFilter,
): SelectQueryBuilder<AuditEntryEntity> {
  const { types, sinceMs, untilMs, ...equal } = filter;
  if (types) query.andWhere('entry.type IN (:...types)', { types });
  if (sinceMs !== undefined) query.andWhere('entry.createdAtMs >= :sinceMs', { sinceMs });
  if (untilMs !== undefined) query.andWhere('entry.createdAtMs < :untilMs', { untilMs });
  for (const [column, value] of Object.entries(equal)) {
    if (value !== undefined) query.andWhere(`entry.${column} = :${column}`, { [column]: value });
  }
  return query;
}

function toDomain(row: AuditEntryEntity): AuditEntry {
  return { ...row, details: row.details as Record<string, unknown> };
}
