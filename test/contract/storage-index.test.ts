import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#libs/ids';
import { listPage, S3Error, type ListObjectsParameters } from '#libs/s3';
import type { DataSource } from 'typeorm';
import { createDataSource, Database, migrate } from '../../src/database/index.js';
import { schema } from '../../src/schema/index.js';
import { SqlObjectIndex } from '../../src/storage/drivers/sql-object-index.js';
import { SqlUploadIndex } from '../../src/storage/drivers/sql-upload-index.js';
import type { MultipartUpload, StoredObject } from '../../src/storage/object.js';
import type { Publication } from '../../src/storage/object-index.js';
import { JOB_BYTES_MAX, object, publication, upload } from '../support/storage-objects.js';
import { freshDatabase, type DatabaseKind } from '../support/databases.js';

const listAll: ListObjectsParameters = { version: 2, prefix: '', maxKeys: 1_000, encodeKeys: false, fetchOwner: false };

describe.each<DatabaseKind>(['sqlite', 'postgres', 'mysql'])('storage index on %s', (kind) => {
  let source: DataSource;
  let objects: SqlObjectIndex;
  let uploads: SqlUploadIndex;

  beforeAll(async () => {
    const databaseUrl = await freshDatabase(kind);
    source = await createDataSource({ databaseUrl, databasePoolSize: 8 }, schema).initialize();
    await migrate(source, databaseUrl);
    const database = new Database(source, databaseUrl);
    objects = new SqlObjectIndex(database);
    uploads = new SqlUploadIndex(database);
  });

  afterAll(() => source.destroy());

  async function newBucket(userId = 'local'): Promise<string> {
    const jobId = newId();
    await objects.openBucket({ jobId, userId, store: '/outputs', createdMs: 1 });
    return jobId;
  }

  async function put(of: StoredObject, extra: Partial<Publication> = {}): Promise<StoredObject | undefined> {
    const [outcome] = await objects.publish([publication(of, extra)]);
    if (!outcome || 'refusal' in outcome) throw outcome?.refusal ?? new Error('no outcome');
    return outcome.replaced;
  }

  it('has no drift between its tables and its entities', async () => {
    const drift = (await source.driver.createSchemaBuilder().log()).upQueries.map(({ query }) => query);
    // MariaDB tells the default of a nullable column as the text NULL, which looks like a change and is none.
    const isNoChange = /CHANGE `(\w+)` `\1` \w+ NULL$/;
    expect(drift.filter((query) => query.includes('storage_') && !isNoChange.test(query))).toEqual([]);
  });

  it('answers what was published, replaces it as a whole, and keeps the counts of the bucket', async () => {
    const jobId = await newBucket();
    const first = object(jobId, 'a/é b.txt');
    expect(await put(first)).toBeUndefined();
    expect(await objects.find(first)).toEqual(first);
    const second = object(jobId, first.key, { bytes: 25, checksum: null, etag: 'f'.repeat(32) });
    expect(await put(second)).toEqual(first);
    expect(await objects.find(first)).toEqual(second);
    await put(object(jobId, 'A/é b.txt'));
    expect(await objects.bucket(jobId)).toMatchObject({ objects: 2, objectBytes: 35, partBytes: 0, userId: 'local' });
    expect(await objects.remove(jobId, [first.key, 'missing'])).toEqual([second]);
    expect(await objects.find(first)).toBeUndefined();
    expect(await objects.bucket(jobId)).toMatchObject({ objects: 1, objectBytes: 10 });
    expect(await objects.remove(newId(), ['x'])).toEqual([]);
  });

  it('publishes a batch over several jobs and refuses one of it without touching the others', async () => {
    const [one, two] = [await newBucket(), await newBucket()];
    const refuse = (): never => {
      throw new S3Error('PreconditionFailed', 'no');
    };
    const outcomes = await objects.publish([
      publication(object(one, 'x')),
      publication(object(two, 'x')),
      publication(object(one, 'y'), { condition: refuse }),
      publication(object(one, 'z'), { jobBytesMax: 15 }),
    ]);
    expect(outcomes).toMatchObject([
      { replaced: undefined },
      { replaced: undefined },
      { refusal: { code: 'PreconditionFailed' } },
      { refusal: { code: 'EntityTooLarge' } },
    ]);
    expect(await objects.bucket(one)).toMatchObject({ objects: 1, objectBytes: 10 });
    expect(await objects.find({ jobId: one, key: 'y' })).toBeUndefined();
  });

  it('judges a condition against what is there when it replaces it: of many at once one comes first', async () => {
    const jobId = await newBucket();
    const absent = (current: unknown): void => {
      if (current) throw new S3Error('PreconditionFailed', 'there is one');
    };
    const tries = await Promise.all(
      Array.from({ length: 8 }, () => objects.publish([publication(object(jobId, 'once'), { condition: absent })])),
    );
    expect(tries.filter(([outcome]) => outcome && 'replaced' in outcome)).toHaveLength(1);
    expect(await objects.bucket(jobId)).toMatchObject({ objects: 1, objectBytes: 10 });
  });

  it('lists in the order of bytes, whatever the collation, and jumps over what it folds', async () => {
    const jobId = await newBucket();
    const keys = ['A', 'a', 'a b', 'a/1', 'a/2', 'a/b/3', 'a-b', 'ab', 'b/', 'b/x', 'é', '\u{e000}', '\u{1f680}', 'z'];
    await objects.publish(keys.map((key) => publication(object(jobId, key))));
    const inOrder = [...keys].sort((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)));
    const read: Parameters<typeof listPage<StoredObject>>[1] = (prefix, position, max) =>
      objects.read(jobId, prefix, position, max);
    const all = await listPage(listAll, read);
    expect(all.objects.map(({ key }) => key)).toEqual(inOrder);
    const folded = await listPage({ ...listAll, delimiter: '/' }, read);
    expect(folded.commonPrefixes).toEqual(['a/', 'b/']);
    expect(folded.objects.map(({ key }) => key)).toEqual(inOrder.filter((key) => !key.includes('/')));
    const inside = await listPage({ ...listAll, prefix: 'a/', delimiter: '/' }, read);
    expect([inside.objects.map(({ key }) => key), inside.commonPrefixes]).toEqual([['a/1', 'a/2'], ['a/b/']]);
    const after = await listPage({ ...listAll, prefix: 'a', startAfter: 'a' }, read);
    expect(after.objects.map(({ key }) => key)).not.toContain('a');
    const paged: string[] = [];
    for (let continuationToken: string | undefined, first = true; first || continuationToken; first = false) {
      const page = await listPage({ ...listAll, maxKeys: 3, continuationToken }, read);
      paged.push(...page.objects.map(({ key }) => key));
      continuationToken = page.nextToken;
    }
    expect(paged).toEqual(inOrder);
  });

  it('holds keys of 1,024 bytes apart to the last byte', async () => {
    const jobId = await newBucket();
    const long = ['x'.repeat(1_023) + 'a', 'x'.repeat(1_023) + 'b', 'é'.repeat(512)];
    await objects.publish(long.map((key) => publication(object(jobId, key))));
    for (const key of long) expect((await objects.find({ jobId, key }))?.key).toBe(key);
    expect(await objects.bucket(jobId)).toMatchObject({ objects: 3 });
  });

  it('lists buckets of one user or of all', async () => {
    const userId = `user-${newId()}`;
    const mine = [await newBucket(userId), await newBucket(userId), await newBucket(userId)];
    for (const jobId of mine) await put(object(jobId, 'x'));
    const again = await objects.openBucket({ jobId: mine[0] ?? '', userId: 'other', store: '/else', createdMs: 2 });
    expect(again).toMatchObject({ userId, store: '/outputs', createdMs: 1, objects: 1 });
    const page = await objects.buckets({ userId, prefix: '', afterJobId: mine[0] ?? '', entriesMax: 10 });
    expect(page.map(({ jobId }) => jobId)).toEqual(mine.slice(1));
    expect(await objects.buckets({ prefix: mine[1] ?? '', afterJobId: '', entriesMax: 10 })).toHaveLength(1);
    expect((await objects.totals()).objects).toBeGreaterThanOrEqual(3);
  });

  it('carries a multipart upload from its first part to its object', async () => {
    const jobId = await newBucket();
    const begun = upload(jobId, 'big', { checksum: { algorithm: 'crc32', type: 'COMPOSITE' } });
    await uploads.begin(begun);
    expect(await uploads.find(begun.uploadId)).toMatchObject(begun);
    const part = (partNumber: number, bytes: number) => ({
      uploadId: begun.uploadId,
      partNumber,
      blob: newId(),
      bytes,
      etag: 'e'.repeat(32),
      checksum: null,
      lastModifiedMs: 2_000,
    });
    const parts = [part(2, 50), part(1, 40), part(1, 45)];
    expect(await uploads.putPart(parts[0]!, JOB_BYTES_MAX)).toEqual({ replaced: undefined });
    expect(await uploads.putPart(parts[1]!, JOB_BYTES_MAX)).toEqual({ replaced: undefined });
    expect(await uploads.putPart(parts[2]!, JOB_BYTES_MAX)).toEqual({ replaced: parts[1] });
    await expect(uploads.putPart(part(3, 10), 100)).rejects.toMatchObject({ code: 'EntityTooLarge' });
    expect(await uploads.parts(begun.uploadId, 0, 10)).toEqual([parts[2], parts[0]]);
    expect(await uploads.parts(begun.uploadId, 1, 10)).toEqual([parts[0]]);
    expect(await objects.bucket(jobId)).toMatchObject({ objects: 0, partBytes: 95 });
    const whole = object(jobId, 'big', { bytes: 95 });
    // 95 bytes of parts become 95 bytes of object: nothing is counted twice.
    await put(whole, { completesUploadId: begun.uploadId, jobBytesMax: 95 });
    expect(await objects.bucket(jobId)).toMatchObject({ objects: 1, objectBytes: 95, partBytes: 0 });
    expect(await uploads.find(begun.uploadId)).toMatchObject({ state: 'completed', completed: { etag: whole.etag } });
    expect(await uploads.parts(begun.uploadId, 0, 10)).toEqual([]);
    await expect(put(whole, { completesUploadId: begun.uploadId })).rejects.toMatchObject({ code: 'NoSuchUpload' });
    expect(await uploads.putPart(part(4, 1), JOB_BYTES_MAX)).toBeUndefined();
    await uploads.forgetEnded(10_000_000_000_000);
    expect(await uploads.find(begun.uploadId)).toBeUndefined();
  });

  it('aborts an upload once and finds those that were abandoned', async () => {
    const jobId = await newBucket();
    const begun = upload(jobId, 'left');
    await uploads.begin(begun);
    const part = { uploadId: begun.uploadId, partNumber: 1, blob: newId(), bytes: 7, etag: 'e', checksum: null };
    await uploads.putPart({ ...part, lastModifiedMs: 5_000 }, JOB_BYTES_MAX);
    const found = async (beforeMs: number): Promise<boolean> =>
      (await uploads.abandoned(beforeMs, 100)).some(({ uploadId }) => uploadId === begun.uploadId);
    expect([await found(5_000), await found(5_001)]).toEqual([false, true]);
    expect(await objects.blobUses([part.blob, 'unknown'])).toEqual([{ blob: part.blob }]);
    expect(await uploads.abort(begun.uploadId, 6_000)).toMatchObject([part]);
    expect(await uploads.abort(begun.uploadId, 6_000)).toEqual([]);
    expect(await objects.bucket(jobId)).toMatchObject({ partBytes: 0 });
  });

  it('lists open uploads by key, then by id', async () => {
    const jobId = await newBucket();
    const begun = ['b', 'a', 'b', 'b/c', 'c'].map((key) => upload(jobId, key));
    for (const one of begun) await uploads.begin(one);
    const expected = [...begun].sort((x, y) =>
      Buffer.compare(Buffer.from(`${x.key}\0${x.uploadId}`), Buffer.from(`${y.key}\0${y.uploadId}`)),
    );
    const ids = (list: readonly MultipartUpload[]): string[] => list.map(({ uploadId }) => uploadId);
    const from = { key: '', inclusive: true, uploadIdMarker: '' };
    expect(ids(await uploads.read(jobId, '', from, 10))).toEqual(ids(expected));
    expect(ids(await uploads.read(jobId, 'b', from, 10))).toEqual(ids(expected.slice(1, 4)));
    const marker = { key: 'b', inclusive: false, uploadIdMarker: expected[1]?.uploadId ?? '' };
    expect(ids(await uploads.read(jobId, '', marker, 10))).toEqual(ids(expected.slice(2)));
    expect(ids(await uploads.read(jobId, '', marker, 1))).toEqual(ids(expected.slice(2, 3)));
  });
});
