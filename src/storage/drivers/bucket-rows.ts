import type { EntityManager } from 'typeorm';
import { S3Error } from '#libs/s3';
import { KeyedRead, updateRows, type Dialect } from '../../database/index.js';
import { addToTotals } from '../../metrics/index.js';
import { BucketEntity } from '../bucket.entity.js';
import { storageTotals } from '../storage-totals.js';

const byJob = new KeyedRead(BucketEntity, ['jobId']);

/** Takes the bucket's row and holds it until the transaction ends, so that its counts stay right. */
export async function holdBucket(
  manager: EntityManager,
  dialect: Dialect,
  jobId: string,
): Promise<BucketEntity | undefined> {
  if (dialect.sharedConnection) return byJob.find(manager, { jobId });
  const query = manager.createQueryBuilder(BucketEntity, 'bucket').where('bucket.jobId = :jobId', { jobId });
  return (await query.setLock('pessimistic_write').getOne()) ?? undefined;
}

/** Adds to the counts of a bucket that `holdBucket` holds, and to those of all buckets together. */
export async function addToBucket(
  manager: EntityManager,
  bucket: BucketEntity,
  change: { readonly objects?: number; readonly objectBytes?: number; readonly partBytes?: number },
): Promise<void> {
  bucket.objects += change.objects ?? 0;
  bucket.objectBytes += change.objectBytes ?? 0;
  bucket.partBytes += change.partBytes ?? 0;
  const { jobId, objects, objectBytes, partBytes } = bucket;
  await updateRows(manager, BucketEntity, { jobId }, { objects, objectBytes, partBytes });
  await addToTotals(manager, [
    { name: storageTotals.objects, amount: change.objects ?? 0 },
    { name: storageTotals.objectBytes, amount: change.objectBytes ?? 0 },
    { name: storageTotals.partBytes, amount: change.partBytes ?? 0 },
  ]);
}

export function jobFull(): S3Error {
  return new S3Error('EntityTooLarge', 'The objects of this job would exceed the maximum allowed size together.');
}

export function noSuchBucket(jobId: string): S3Error {
  return new S3Error('NoSuchBucket', 'The specified bucket does not exist', { BucketName: jobId });
}
