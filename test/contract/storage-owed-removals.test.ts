import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { SystemClock } from '#libs/clock';
import { newId } from '#libs/ids';
import { HashPool } from '#libs/s3';
import { schema } from '../../src/schema/index.js';
import { DiskGuard } from '../../src/storage/disk-guard.js';
import { LocalByteStore } from '../../src/storage/drivers/local-byte-store.js';
import { SqlObjectIndex } from '../../src/storage/drivers/sql-object-index.js';
import { SqlOwedRemovals } from '../../src/storage/drivers/sql-owed-removals.js';
import { object, publication } from '../support/storage-objects.js';
import { openDatabase, sqlKinds } from '../support/sql.js';

describe.each(sqlKinds)('owed removals on %s', (kind) => {
  let index: SqlObjectIndex;
  let owed: SqlOwedRemovals;
  const jobId = newId();
  const store = 's3://bucket/prefix';

  beforeAll(async () => {
    const { database } = await openDatabase(kind, schema);
    index = new SqlObjectIndex(database);
    owed = new SqlOwedRemovals(database);
    await index.openBucket({ jobId, userId: 'local', store, createdMs: 1 });
  });

  const blobs = async (beforeMs = 1_000, entriesMax = 9): Promise<string[]> =>
    (await owed.oldest(beforeMs, entriesMax)).map(({ blob }) => blob);

  it('are promised with the deletion, also of hundreds at once, and kept until they are settled', async () => {
    const objects = Array.from({ length: 300 }, (_, number) => object(jobId, `é/${number}`));
    await index.publish(objects.map((one) => publication(one)));
    const keys = objects.map(({ key }) => key);
    expect(await index.remove(jobId, [...keys, 'missing'], 100)).toHaveLength(300);
    expect(await blobs(100)).toEqual([]);
    expect(await blobs(101, 1_000)).toHaveLength(300);
    const [first] = objects;
    expect(await owed.at(first!)).toEqual([{ jobId, key: 'é/0', blob: first!.blob, store, sinceMs: 100 }]);
    expect(await owed.at({ jobId, key: 'É/0' })).toEqual([]);
    await owed.settle([]);
    await owed.settle(objects.map(({ blob }) => blob));
    expect(await blobs()).toEqual([]);
  });

  it('are not promised of bytes that are gone already', async () => {
    const one = object(jobId, 'gone');
    await index.publish([publication(one)]);
    await index.remove(jobId, ['gone']);
    expect(await blobs()).toEqual([]);
  });

  it('are promised of a version that is replaced where it stays, and of no other', async () => {
    const [first, second, third] = [1, 2, 3].map((lastModifiedMs) => object(jobId, 'k', { lastModifiedMs }));
    await index.publish([publication(first!, { replacedStays: true })]);
    await index.publish([publication(second!, { replacedStays: true })]);
    const refusing = { replacedStays: true, jobBytesMax: 1 };
    await index.publish([publication(object(jobId, 'k', { bytes: 99 }), refusing)]);
    await index.publish([publication(third!)]);
    expect(await owed.oldest(9, 9)).toEqual([{ jobId, key: 'k', blob: first!.blob, store, sinceMs: 2 }]);
    await owed.settle([first!.blob]);
  });

  it('tell what only waits for its removal from what lies there by right', async () => {
    const root = mkdtempSync(join(tmpdir(), 'owed-removals-'));
    const clock = new SystemClock();
    const files = new LocalByteStore(root, new DiskGuard(root, 0, clock), new HashPool(), clock);
    const address = { jobId, key: 'a/b' };
    const lay = async (text: string): Promise<string> => {
      const draft = await files.createDraft();
      await draft.write(Buffer.from(text), 0);
      const blob = await draft.seal();
      await files.place(address, blob);
      return blob;
    };
    const deleted = object(jobId, 'a/b', { blob: await lay('deleted') });
    await index.publish([publication(deleted)]);
    expect(await owed.isBeingRemoved(address, files)).toBe(false);
    await index.remove(jobId, ['a/b'], 1);
    expect(await owed.isBeingRemoved(address, files)).toBe(true);
    // Put there by hand meanwhile.
    await lay('another');
    expect(await owed.isBeingRemoved(address, files)).toBe(false);
    await owed.settle([deleted.blob]);
    rmSync(root, { recursive: true });
  });

  it('wait behind the others when their store is away', async () => {
    const [one, other] = ['one', 'other'].map((key) => object(jobId, key));
    await index.publish([publication(one!), publication(other!)]);
    await index.remove(jobId, ['one'], 10);
    await index.remove(jobId, ['other'], 20);
    expect(await blobs()).toEqual([one!.blob, other!.blob]);
    await owed.postpone([one!.blob], 30);
    expect(await blobs()).toEqual([other!.blob, one!.blob]);
    await owed.settle([one!.blob, other!.blob]);
  });
});
