import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#libs/ids';
import { schema } from '../../src/schema/index.js';
import { SqlObjectIndex } from '../../src/storage/drivers/sql-object-index.js';
import { SqlRemovedBuckets } from '../../src/storage/drivers/sql-removed-buckets.js';
import { SqlUploadIndex } from '../../src/storage/drivers/sql-upload-index.js';
import { object, publication, upload, JOB_BYTES_MAX } from '../support/storage-objects.js';
import { openDatabase, sqlKinds } from '../support/sql.js';

describe.each(sqlKinds)('removed buckets on %s', (kind) => {
  let objects: SqlObjectIndex;
  let uploads: SqlUploadIndex;
  let removed: SqlRemovedBuckets;

  beforeAll(async () => {
    const { database } = await openDatabase(kind, schema);
    objects = new SqlObjectIndex(database);
    uploads = new SqlUploadIndex(database);
    removed = new SqlRemovedBuckets(database);
  });

  async function put(of: ReturnType<typeof object>): Promise<void> {
    const [outcome] = await objects.publish([publication(of)]);
    if (!outcome || 'refusal' in outcome) throw outcome?.refusal ?? new Error('no outcome');
  }

  it('lets a bucket vanish with its job, and take nothing any more, until it is forgotten', async () => {
    const jobId = newId();
    await objects.openBucket({ jobId, userId: 'leaver', store: '', createdMs: 1 });
    const at = upload(jobId, 'open');
    await uploads.begin(at);
    await put(object(jobId, 'a'));
    await removed.mark(jobId, 5_000);
    await removed.mark(jobId, 6_000);
    expect(await objects.bucket(jobId)).toBeUndefined();
    expect(await objects.buckets({ userId: 'leaver', prefix: '', afterJobId: '', entriesMax: 9 })).toEqual([]);
    await expect(put(object(jobId, 'b'))).rejects.toMatchObject({ code: 'NoSuchBucket' });
    await expect(objects.openBucket({ jobId, userId: 'x', store: '', createdMs: 1 })).rejects.toMatchObject({
      code: 'NoSuchBucket',
    });
    const part = { uploadId: at.uploadId, partNumber: 1, blob: newId(), bytes: 1, etag: 'e', checksum: null };
    expect(await uploads.putPart({ ...part, lastModifiedMs: 1 }, JOB_BYTES_MAX)).toBeUndefined();
    expect(await removed.oldest(9)).toMatchObject([{ jobId, removedAtMs: 5_000, objects: 1 }]);
    const other = newId();
    await objects.openBucket({ jobId: other, userId: 'leaver', store: 'away', createdMs: 1 });
    await removed.mark(other, 4_000);
    expect(await removed.oldest(1)).toMatchObject([{ jobId: other }]);
    await removed.postpone(other, 8_000);
    expect(await removed.oldest(1)).toMatchObject([{ jobId }]);
    await removed.forget(other);
    await uploads.abort(at.uploadId, 7_000);
    expect(await objects.remove(jobId, ['a'])).toHaveLength(1);
    await removed.forget(jobId);
    expect(await removed.oldest(9)).toEqual([]);
    const kept = newId();
    const bucket = { jobId: kept, userId: 'stayer', store: '', createdMs: 1 };
    await objects.openBucket(bucket);
    await removed.forget(kept);
    await removed.postpone(kept, 9_000);
    expect(await objects.bucket(kept)).toMatchObject(bucket);
    await expect(put(object(jobId, 'late'))).rejects.toMatchObject({ code: 'NoSuchBucket' });
  });
});
