import { Injectable } from '@nestjs/common';
import { IsNull, Not } from 'typeorm';
import { Database } from '../../database/index.js';
import { BucketEntity } from '../bucket.entity.js';
import type { Bucket } from '../object.js';
import { RemovedBuckets } from '../removed-buckets.js';
import { addToBucket, holdBucket } from './bucket-rows.js';

@Injectable()
export class SqlRemovedBuckets extends RemovedBuckets {
  constructor(private readonly database: Database) {
    super();
  }

  override async mark(jobId: string, nowMs: number): Promise<void> {
    await this.database.run((manager) =>
      manager.update(BucketEntity, { jobId, removedAtMs: IsNull() }, { removedAtMs: nowMs }),
    );
  }

  override async postpone(jobId: string, nowMs: number): Promise<void> {
    await this.database.run((manager) =>
      manager.update(BucketEntity, { jobId, removedAtMs: Not(IsNull()) }, { removedAtMs: nowMs }),
    );
  }

  override oldest(entriesMax: number): Promise<Bucket[]> {
    return this.database.run((manager) =>
      manager.find(BucketEntity, {
        where: { removedAtMs: Not(IsNull()) },
        order: { removedAtMs: 'ASC' },
        take: entriesMax,
      }),
    );
  }

  override async forget(jobId: string): Promise<void> {
    await this.database.transaction(async (manager) => {
      const bucket = await holdBucket(manager, this.database.dialect, jobId);
      if (!bucket || bucket.removedAtMs === null) return;
      const { objects, objectBytes, partBytes } = bucket;
      await addToBucket(manager, bucket, { objects: -objects, objectBytes: -objectBytes, partBytes: -partBytes });
      await manager.delete(BucketEntity, { jobId });
    });
  }
}
