import type { EntityManager } from 'typeorm';
import type { Dialect } from '../../database/index.js';
import { BucketEntity } from '../bucket.entity.js';

/** Takes the bucket's row, made if there is none, and holds it until the transaction ends: its counts stay right. */
export async function holdBucket(
  manager: EntityManager,
  dialect: Dialect,
  fresh: Pick<BucketEntity, 'jobId' | 'userId' | 'createdMs'>,
): Promise<BucketEntity> {
  const found = await find(manager, dialect, fresh.jobId);
  if (found) return found;
  const empty = { ...fresh, objects: 0, objectBytes: 0, partBytes: 0 };
  await manager.createQueryBuilder().insert().into(BucketEntity).values(empty).orIgnore().execute();
  const made = await find(manager, dialect, fresh.jobId);
  if (!made) throw new Error('The bucket that was just made is gone');
  return made;
}

/** Adds to the counts of a bucket that `holdBucket` holds. */
export async function addToBucket(
  manager: EntityManager,
  bucket: BucketEntity,
  change: { readonly objects?: number; readonly objectBytes?: number; readonly partBytes?: number },
): Promise<void> {
  bucket.objects += change.objects ?? 0;
  bucket.objectBytes += change.objectBytes ?? 0;
  bucket.partBytes += change.partBytes ?? 0;
  const { jobId, objects, objectBytes, partBytes } = bucket;
  await manager.update(BucketEntity, { jobId }, { objects, objectBytes, partBytes });
}

function find(manager: EntityManager, dialect: Dialect, jobId: string): Promise<BucketEntity | null> {
  const query = manager.createQueryBuilder(BucketEntity, 'bucket').where('bucket.jobId = :jobId', { jobId });
  if (!dialect.sharedConnection) query.setLock('pessimistic_write');
  return query.getOne();
}
