import { Injectable } from '@nestjs/common';
import { LessThan, LessThanOrEqual, MoreThanOrEqual, type EntityManager } from 'typeorm';
import type { SignedCheckpoint } from '#libs/audit-chain';
import { Database } from '../../database/index.js';
import { AuditCheckpointEntity } from '../audit-checkpoint.entity.js';
import { AuditCountEntity } from '../audit-count.entity.js';
import { AuditEntryEntity } from '../audit-entry.entity.js';
import { AuditProgressEntity } from '../audit-progress.entity.js';
import { AuditRecordLost } from '../audit.repository.js';
import { CheckpointRepository, type AuditProgress } from '../checkpoint.repository.js';

const WALK_PAGE_ROWS = 500;

@Injectable()
export class SqlCheckpointRepository extends CheckpointRepository {
  constructor(private readonly database: Database) {
    super();
  }

  override async progress(): Promise<AuditProgress> {
    const progress = await this.database.run((manager) => manager.findOneBy(AuditProgressEntity, { id: 1 }));
    if (!progress) throw new AuditRecordLost('audit_progress');
    return progress;
  }

  override exclusively<T>(work: (progress: AuditProgress) => Promise<T>): Promise<T> {
    const lock = this.database.dialect.sharedConnection ? {} : ({ lock: { mode: 'pessimistic_write' } } as const);
    return this.database.transaction(async (manager) =>
      work(await manager.findOneOrFail(AuditProgressEntity, { where: { id: 1 }, ...lock })),
    );
  }

  override async add(checkpoint: SignedCheckpoint): Promise<void> {
    const { sequence, signedAtMs, segment, endsSegment } = checkpoint;
    const nextSegment = { segment: segment + 1, segmentFromSequence: sequence + 1 };
    await this.database.run(async (manager) => {
      await manager.insert(AuditCheckpointEntity, checkpoint);
      await moveOn(manager, { signedThrough: sequence, signedAtMs, ...(endsSegment && nextSegment) });
    });
  }

  override async countThrough(sequence: number): Promise<void> {
    await this.database.run(async (manager) => {
      const { countedThrough } = await manager.findOneByOrFail(AuditProgressEntity, { id: 1 });
      await this.addCounts(manager, countedThrough + 1, sequence, 1);
      await moveOn(manager, { countedThrough: sequence });
    });
  }

  override async retire(sequence: number): Promise<void> {
    await this.database.run((manager) => moveOn(manager, { retiredThrough: sequence }));
  }

  override purge(rowsMax: number): Promise<boolean> {
    return this.database.run(async (manager) => {
      const { retiredThrough } = await manager.findOneByOrFail(AuditProgressEntity, { id: 1 });
      const [oldest] = await manager.find(AuditEntryEntity, {
        select: { sequence: true },
        order: { sequence: 'ASC' },
        take: 1,
      });
      if (!oldest || oldest.sequence > retiredThrough) return false;
      const through = Math.min(oldest.sequence + rowsMax - 1, retiredThrough);
      await this.addCounts(manager, oldest.sequence, through, -1);
      await manager.delete(AuditEntryEntity, { sequence: LessThanOrEqual(through) });
      await manager.delete(AuditCheckpointEntity, { sequence: LessThanOrEqual(through), endsSegment: false });
      return through < retiredThrough;
    });
  }

  override async find(sequence: number): Promise<SignedCheckpoint | undefined> {
    return (await this.database.run((manager) => manager.findOneBy(AuditCheckpointEntity, { sequence }))) ?? undefined;
  }

  override async lastSegmentEndBefore(beforeMs: number): Promise<SignedCheckpoint | undefined> {
    const [last] = await this.database.run((manager) =>
      manager.find(AuditCheckpointEntity, {
        where: { endsSegment: true, timeMs: LessThan(beforeMs) },
        order: { sequence: 'DESC' },
        take: 1,
      }),
    );
    return last;
  }

  override page(limit: number, beforeSequence: number | undefined): Promise<readonly SignedCheckpoint[]> {
    return this.database.run((manager) =>
      manager.find(AuditCheckpointEntity, {
        ...(beforeSequence !== undefined && { where: { sequence: LessThan(beforeSequence) } }),
        order: { sequence: 'DESC' },
        take: limit,
      }),
    );
  }

  override async *walk(fromSequence: number): AsyncIterable<SignedCheckpoint> {
    for (let next = fromSequence; ;) {
      const page = await this.database.run((manager) =>
        manager.find(AuditCheckpointEntity, {
          where: { sequence: MoreThanOrEqual(next) },
          order: { sequence: 'ASC' },
          take: WALK_PAGE_ROWS,
        }),
      );
      yield* page;
      const last = page.at(-1);
      if (!last || page.length < WALK_PAGE_ROWS) return;
      next = last.sequence + 1;
    }
  }

  /** The caller holds the lock of the progress, so nobody else changes the counts meanwhile. */
  private async addCounts(manager: EntityManager, from: number, through: number, sign: 1 | -1): Promise<void> {
    const rows = await manager
      .createQueryBuilder(AuditEntryEntity, 'entry')
      .select('entry.type', 'type')
      .addSelect('COUNT(*)', 'entries')
      .where('entry.sequence BETWEEN :from AND :through', { from, through })
      .groupBy('entry.type')
      .getRawMany<{ type: string; entries: number | string }>();
    for (const { type, entries } of rows) {
      const known = await manager.findOneBy(AuditCountEntity, { type });
      await manager.save(AuditCountEntity, { type, entries: (known?.entries ?? 0) + sign * Number(entries) });
    }
  }
}

async function moveOn(manager: EntityManager, progress: Partial<AuditProgress>): Promise<void> {
  await manager.update(AuditProgressEntity, { id: 1 }, progress);
}
