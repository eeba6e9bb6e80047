import { Injectable } from '@nestjs/common';
import { LessThan, MoreThan, type EntityManager } from 'typeorm';
import { Database } from '../../database/index.js';
import type { MultipartUpload, UploadPart } from '../object.js';
import { PartEntity } from '../part.entity.js';
import { UploadEntity } from '../upload.entity.js';
import { UploadIndex, type UploadPosition } from '../upload-index.js';
import { addToBucket, holdBucket, jobFull } from './bucket-rows.js';
import { inKeyRange } from './key-range.js';

@Injectable()
export class SqlUploadIndex extends UploadIndex {
  constructor(private readonly database: Database) {
    super();
  }

  override begin(upload: MultipartUpload): Promise<void> {
    return this.database.run(async (manager) => {
      await manager.insert(UploadEntity, { ...upload, activeAtMs: upload.initiatedMs });
    });
  }

  override find(uploadId: string): Promise<MultipartUpload | undefined> {
    return this.database.run(async (manager) => (await manager.findOneBy(UploadEntity, { uploadId })) ?? undefined);
  }

  override putPart(part: UploadPart, jobBytesMax: number): Promise<{ replaced: UploadPart | undefined } | undefined> {
    const { uploadId, partNumber } = part;
    return this.database.transaction(async (manager) => {
      const upload = await manager.findOneBy(UploadEntity, { uploadId });
      if (!upload) return undefined;
      const bucket = await holdBucket(manager, this.database.dialect, upload.jobId);
      // Also the proof that the upload is still open, now that nobody else can end it.
      const open = await manager.update(UploadEntity, { uploadId, state: 'open' }, { activeAtMs: part.lastModifiedMs });
      if (open.affected !== 1 || !bucket || bucket.removedAtMs !== null) return undefined;
      const replaced = (await manager.findOneBy(PartEntity, { uploadId, partNumber })) ?? undefined;
      const growth = part.bytes - (replaced?.bytes ?? 0);
      if (growth > 0 && bucket.objectBytes + bucket.partBytes + growth > jobBytesMax) throw jobFull();
      await manager.upsert(PartEntity, part, ['uploadId', 'partNumber']);
      await addToBucket(manager, bucket, { partBytes: growth });
      return { replaced };
    });
  }

  override parts(uploadId: string, afterPartNumber: number, entriesMax: number): Promise<UploadPart[]> {
    return this.database.run((manager) =>
      manager.find(PartEntity, {
        where: { uploadId, partNumber: MoreThan(afterPartNumber) },
        order: { partNumber: 'ASC' },
        take: entriesMax,
      }),
    );
  }

  override abort(uploadId: string, nowMs: number): Promise<UploadPart[]> {
    return this.database.transaction(async (manager) => {
      const upload = await manager.findOneBy(UploadEntity, { uploadId });
      if (!upload) return [];
      const bucket = await holdBucket(manager, this.database.dialect, upload.jobId);
      const ended = await manager.update(
        UploadEntity,
        { uploadId, state: 'open' },
        { state: 'aborted', endedAtMs: nowMs, activeAtMs: nowMs },
      );
      if (ended.affected !== 1 || !bucket) return [];
      const parts = await manager.findBy(PartEntity, { uploadId });
      await manager.delete(PartEntity, { uploadId });
      await addToBucket(manager, bucket, { partBytes: -parts.reduce((sum, { bytes }) => sum + bytes, 0) });
      return parts;
    });
  }

  override read(
    jobId: string,
    prefix: string,
    position: UploadPosition,
    entriesMax: number,
  ): Promise<MultipartUpload[]> {
    return this.database.run(async (manager) => {
      const ofSameKey =
        position.uploadIdMarker === '' ? [] : await this.restOfKey(manager, jobId, position, entriesMax);
      if (ofSameKey.length >= entriesMax) return ofSameKey;
      const behind = await inKeyRange(openUploads(manager, jobId), 'upload.key', prefix, {
        key: position.key,
        inclusive: position.inclusive && position.uploadIdMarker === '',
      })
        .orderBy('upload.key')
        .addOrderBy('upload.uploadId')
        .limit(entriesMax - ofSameKey.length)
        .getMany();
      return [...ofSameKey, ...behind];
    });
  }

  override abandoned(beforeMs: number, entriesMax: number): Promise<MultipartUpload[]> {
    return this.database.run((manager) =>
      manager.find(UploadEntity, {
        where: { state: 'open', activeAtMs: LessThan(beforeMs) },
        order: { activeAtMs: 'ASC' },
        take: entriesMax,
      }),
    );
  }

  override async forgetEnded(beforeMs: number): Promise<void> {
    await this.database.run(async (manager) => {
      for (const state of ['completed', 'aborted'] as const) {
        await manager.delete(UploadEntity, { state, activeAtMs: LessThan(beforeMs) });
      }
    });
  }

  private restOfKey(
    manager: EntityManager,
    jobId: string,
    position: UploadPosition,
    entriesMax: number,
  ): Promise<UploadEntity[]> {
    return openUploads(manager, jobId)
      .andWhere('upload.key = :key AND upload.uploadId > :marker', {
        key: Buffer.from(position.key),
        marker: position.uploadIdMarker,
      })
      .orderBy('upload.uploadId')
      .limit(entriesMax)
      .getMany();
  }
}

function openUploads(
  manager: EntityManager,
  jobId: string,
): ReturnType<typeof manager.createQueryBuilder<UploadEntity>> {
  return manager
    .createQueryBuilder(UploadEntity, 'upload')
    .where("upload.jobId = :jobId AND upload.state = 'open'", { jobId });
}
