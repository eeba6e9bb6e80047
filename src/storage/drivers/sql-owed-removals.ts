import { Injectable } from '@nestjs/common';
import { In, LessThan, type EntityManager } from 'typeorm';
import { Database } from '../../database/index.js';
import type { ObjectAddress, StoredBlob } from '../object.js';
import { OwedRemovals, type OwedRemoval } from '../owed-removals.js';
import { RemovalEntity } from '../removal.entity.js';

@Injectable()
export class SqlOwedRemovals extends OwedRemovals {
  constructor(private readonly database: Database) {
    super();
  }

  override oldest(beforeMs: number, entriesMax: number): Promise<OwedRemoval[]> {
    return this.database.run((manager) =>
      manager.find(RemovalEntity, {
        where: { sinceMs: LessThan(beforeMs) },
        order: { sinceMs: 'ASC' },
        take: entriesMax,
      }),
    );
  }

  override async settle(blobs: readonly string[]): Promise<void> {
    if (blobs.length === 0) return;
    await this.database.run((manager) => manager.delete(RemovalEntity, { blob: In([...blobs]) }));
  }

  override at({ jobId, key }: ObjectAddress): Promise<OwedRemoval[]> {
    return this.database.run((manager) =>
      manager
        .createQueryBuilder(RemovalEntity, 'removal')
        .where('removal.jobId = :jobId AND removal.key = :key', { jobId, key: Buffer.from(key) })
        .getMany(),
    );
  }

  override async postpone(blobs: readonly string[], nowMs: number): Promise<void> {
    if (blobs.length === 0) return;
    await this.database.run((manager) => manager.update(RemovalEntity, { blob: In([...blobs]) }, { sinceMs: nowMs }));
  }
}

/** Promises to remove blobs of one store; part of the transaction that hides them. */
export async function oweRemovals(
  manager: EntityManager,
  blobs: readonly StoredBlob[],
  { store, sinceMs }: Pick<OwedRemoval, 'store' | 'sinceMs'>,
): Promise<void> {
  if (blobs.length === 0) return;
  const rows = blobs.map(({ blob, jobId, key }) => ({ blob, jobId, key, store, sinceMs }));
  await manager.upsert(RemovalEntity, rows, ['blob']);
}
