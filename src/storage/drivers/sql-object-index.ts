import { Injectable } from '@nestjs/common';
import { IsNull, type EntityManager } from 'typeorm';
import { S3Error, type ListPosition } from '#libs/s3';
import { Database, insertRows, KeyedRead, updateRows } from '../../database/index.js';
import { BucketEntity } from '../bucket.entity.js';
import { groupBy } from '../group-by.js';
import { ObjectEntity } from '../object.entity.js';
import { ObjectIndex, type BlobUse, type Publication, type PublishOutcome } from '../object-index.js';
import type { Bucket, ObjectAddress, StoredObject } from '../object.js';
import { PartEntity } from '../part.entity.js';
import { UploadEntity } from '../upload.entity.js';
import { addToBucket, holdBucket, jobFull, noSuchBucket } from './bucket-rows.js';
import { inKeyRange } from './key-range.js';
import { oweRemovals } from './sql-owed-removals.js';

@Injectable()
export class SqlObjectIndex extends ObjectIndex {
  private readonly byAddress = new KeyedRead(ObjectEntity, ['jobId', 'key']);

  constructor(private readonly database: Database) {
    super();
  }

  override openBucket(fresh: Pick<Bucket, 'jobId' | 'userId' | 'store' | 'createdMs'>): Promise<Bucket> {
    return this.database.transaction(async (manager) => {
      const { jobId } = fresh;
      const empty = { ...fresh, objects: 0, objectBytes: 0, partBytes: 0, removedAtMs: null };
      const found = await manager.findOneBy(BucketEntity, { jobId });
      if (!found) await manager.createQueryBuilder().insert().into(BucketEntity).values(empty).orIgnore().execute();
      const bucket = found ?? (await manager.findOneByOrFail(BucketEntity, { jobId }));
      if (bucket.removedAtMs !== null) throw noSuchBucket(jobId);
      return bucket;
    });
  }

  override publish(publications: readonly Publication[]): Promise<readonly PublishOutcome[]> {
    return this.database.transaction(async (manager) => {
      const outcomes = new Map<Publication, PublishOutcome>();
      // One order for everybody: two batches that need the same buckets must not wait for each other.
      for (const [jobId, ofJob] of [...groupBy(publications, ({ object }) => object.jobId)].sort(([a], [b]) =>
        a < b ? -1 : 1,
      )) {
        await this.publishInJob(manager, jobId, ofJob, outcomes);
      }
      return publications.map((one) => outcomes.get(one) as PublishOutcome);
    });
  }

  override find({ jobId, key }: ObjectAddress): Promise<StoredObject | undefined> {
    return this.database.run((manager) => this.byAddress.find(manager, { jobId, key }));
  }

  override read(jobId: string, prefix: string, position: ListPosition, entriesMax: number): Promise<StoredObject[]> {
    return this.database.run((manager) =>
      inKeyRange(
        manager.createQueryBuilder(ObjectEntity, 'object').where('object.jobId = :jobId', { jobId }),
        'object.key',
        prefix,
        position,
      )
        .orderBy('object.key')
        .limit(entriesMax)
        .getMany(),
    );
  }

  override async adopt({ jobId, key, blob: former }: StoredObject, blob: string): Promise<void> {
    await this.database.run((manager) =>
      manager
        .createQueryBuilder()
        .update(ObjectEntity)
        .set({ blob })
        .where('job_id = :jobId AND object_key = :key AND blob = :former', { jobId, key: Buffer.from(key), former })
        .execute(),
    );
  }

  override remove(jobId: string, keys: readonly string[], owedSinceMs?: number): Promise<StoredObject[]> {
    return this.database.transaction(async (manager) => {
      const bucket = await holdBucket(manager, this.database.dialect, jobId);
      if (!bucket) return [];
      const gone = await this.byAddress.findAll(manager, [...new Set(keys)].map((key) => ({ jobId, key }))); // prettier-ignore
      if (gone.length === 0) return [];
      await manager
        .createQueryBuilder()
        .delete()
        .from(ObjectEntity)
        .where('job_id = :jobId AND object_key IN (:...keys)', { jobId, keys: gone.map(({ key }) => Buffer.from(key)) })
        .execute();
      await addToBucket(manager, bucket, { objects: -gone.length, objectBytes: -sumOfBytes(gone) });
      const { store } = bucket;
      if (owedSinceMs !== undefined) await oweRemovals(manager, gone, { store, sinceMs: owedSinceMs });
      return gone;
    });
  }

  override holding<T>(jobId: string, work: () => Promise<T>): Promise<T> {
    return this.database.transaction(async (manager) => {
      await holdBucket(manager, this.database.dialect, jobId);
      return work();
    });
  }

  override bucket(jobId: string): Promise<Bucket | undefined> {
    return this.database.run(
      async (manager) => (await manager.findOneBy(BucketEntity, { jobId, removedAtMs: IsNull() })) ?? undefined,
    );
  }

  override buckets(filter: {
    userId?: string;
    prefix: string;
    afterJobId: string;
    entriesMax: number;
  }): Promise<Bucket[]> {
    return this.database.run((manager) => {
      const query = manager
        .createQueryBuilder(BucketEntity, 'bucket')
        .where('bucket.jobId > :after', { after: filter.afterJobId })
        .andWhere('bucket.jobId >= :prefix AND bucket.jobId < :end', {
          prefix: filter.prefix,
          end: `${filter.prefix}~`,
        })
        .andWhere('bucket.removedAtMs IS NULL');
      if (filter.userId !== undefined) query.andWhere('bucket.userId = :userId', { userId: filter.userId });
      return query.orderBy('bucket.jobId').limit(filter.entriesMax).getMany();
    });
  }

  override storeNames(): Promise<string[]> {
    return this.database.run(async (manager) => {
      const rows = await manager
        .createQueryBuilder(BucketEntity, 'bucket')
        .select('bucket.store', 'store')
        .distinct(true)
        .getRawMany<{ store: string }>();
      return rows.map(({ store }) => store);
    });
  }

  override totals(): Promise<Pick<Bucket, 'objects' | 'objectBytes' | 'partBytes'>> {
    return this.database.run(async (manager) => {
      const row = await manager
        .createQueryBuilder(BucketEntity, 'bucket')
        .select('SUM(bucket.objects)', 'objects')
        .addSelect('SUM(bucket.objectBytes)', 'objectBytes')
        .addSelect('SUM(bucket.partBytes)', 'partBytes')
        .getRawOne<Record<'objects' | 'objectBytes' | 'partBytes', string | number | null>>();
      return {
        objects: Number(row?.objects ?? 0),
        objectBytes: Number(row?.objectBytes ?? 0),
        partBytes: Number(row?.partBytes ?? 0),
      };
    });
  }

  override blobUses(blobs: readonly string[]): Promise<BlobUse[]> {
    if (blobs.length === 0) return Promise.resolve([]);
    return this.database.run(async (manager) => {
      const objects = await manager
        .createQueryBuilder(ObjectEntity, 'object')
        .where('object.blob IN (:...blobs)', { blobs })
        .getMany();
      const parts = await manager
        .createQueryBuilder(PartEntity, 'part')
        .where('part.blob IN (:...blobs)', { blobs })
        .getMany();
      return [
        ...objects.map(({ blob, jobId, key }) => ({ blob, address: { jobId, key } })),
        ...parts.map(({ blob }) => ({ blob })),
      ];
    });
  }

  private async publishInJob(
    manager: EntityManager,
    jobId: string,
    publications: readonly Publication[],
    outcomes: Map<Publication, PublishOutcome>,
  ): Promise<void> {
    const bucket = await holdBucket(manager, this.database.dialect, jobId);
    if (!bucket || bucket.removedAtMs !== null) {
      for (const publication of publications) outcomes.set(publication, { refusal: noSuchBucket(jobId) });
      return;
    }
    const addresses = publications.map(({ object: { key } }) => ({ jobId, key }));
    const current = new Map((await this.byAddress.findAll(manager, addresses)).map((object) => [object.key, object]));
    const accepted: StoredObject[] = [];
    const change = { objects: 0, objectBytes: 0, partBytes: 0 };
    for (const publication of publications) {
      const replaced = current.get(publication.object.key);
      try {
        publication.condition?.(replaced);
        const partBytes = await this.endUpload(manager, publication);
        const growth = publication.object.bytes - (replaced?.bytes ?? 0);
        const heldBytes = bucket.objectBytes + change.objectBytes + bucket.partBytes + change.partBytes;
        if (growth > 0 && heldBytes + growth - partBytes > publication.jobBytesMax) throw jobFull();
        change.objects += replaced ? 0 : 1;
        change.objectBytes += growth;
        change.partBytes -= partBytes;
        accepted.push(publication.object);
        if (replaced && publication.replacedStays)
          await oweRemovals(manager, [replaced], { store: bucket.store, sinceMs: publication.object.lastModifiedMs });
        outcomes.set(publication, { replaced });
      } catch (error) {
        if (!(error instanceof S3Error)) throw error;
        outcomes.set(publication, { refusal: error });
      }
    }
    if (accepted.length === 0) return;
    await insertRows(
      manager,
      ObjectEntity,
      accepted.filter(({ key }) => !current.has(key)),
    );
    for (const object of accepted.filter(({ key }) => current.has(key))) {
      const { jobId: _, key, ...facts } = object;
      await updateRows(manager, ObjectEntity, { jobId, key }, facts);
    }
    await addToBucket(manager, bucket, change);
  }

  /** Marks the upload that the object completes, and forgets its parts. Returns the bytes they held. */
  private async endUpload(manager: EntityManager, publication: Publication): Promise<number> {
    const { completesUploadId: uploadId, object } = publication;
    if (uploadId === undefined) return 0;
    const ended = await manager.update(
      UploadEntity,
      { uploadId, state: 'open' },
      {
        state: 'completed',
        completed: { etag: object.etag, checksum: object.checksum },
        endedAtMs: object.lastModifiedMs,
        activeAtMs: object.lastModifiedMs,
      },
    );
    if (ended.affected !== 1) throw new S3Error('NoSuchUpload', 'The specified multipart upload does not exist.');
    const parts = await manager.find(PartEntity, { where: { uploadId }, select: { bytes: true, partNumber: true } });
    await manager.delete(PartEntity, { uploadId });
    return sumOfBytes(parts);
  }
}

function sumOfBytes(rows: readonly { readonly bytes: number }[]): number {
  return rows.reduce((sum, { bytes }) => sum + bytes, 0);
}
