import { once } from 'node:events';
import { createHash, randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { CopyObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock, SystemClock, type Clock } from '#libs/clock';
import { newId } from '#libs/ids';
import { Lifecycle } from '#libs/worker';
import { schema } from '../../src/schema/index.js';
import { NO_BYTES } from '../../src/storage/byte-store.js';
import type { ByteStores } from '../../src/storage/byte-stores.js';
import { S3Bucket } from '../../src/storage/drivers/s3-bucket.js';
import { S3ByteStore } from '../../src/storage/drivers/s3-byte-store.js';
import { SqlObjectIndex } from '../../src/storage/drivers/sql-object-index.js';
import { SqlUploadIndex } from '../../src/storage/drivers/sql-upload-index.js';
import type { MultipartService } from '../../src/storage/multipart.service.js';
import type { ObjectAddress } from '../../src/storage/object.js';
import type { Publisher } from '../../src/storage/publisher.js';
import { storageLimits } from '../../src/storage/storage.limits.js';
import { Sweeper, SweeperWorld } from '../../src/storage/sweeper.js';
import { CuttingProxy } from '../support/cutting-proxy.js';
import { openDatabase } from '../support/sql.js';
import { ServerProcess } from '../support/server.js';
import { object, publication, upload } from '../support/storage-objects.js';
import { bucketSettings, s3Client, startJob, type StorageJob } from '../support/storage-job.js';

const MIB = 1024 * 1024;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');

/** What only a store in a real bucket has to bear. The bucket is one of this very server. */
describe('S3ByteStore', () => {
  let server: ServerProcess;
  let job: StorageJob;
  let prefix: string;
  let proxy: CuttingProxy | undefined;

  beforeAll(async () => {
    server = await ServerProcess.start();
    job = await startJob(server);
  });
  beforeEach(() => {
    prefix = `${newId()}/`;
  });
  afterEach(() => {
    proxy?.stop();
    proxy = undefined;
  });
  afterAll(() => server.dispose());

  function bucketAt(origin: string): S3Bucket {
    const { jobId: bucket, accessKeyId, secretAccessKey } = job;
    return new S3Bucket(
      { bucket, prefix },
      {
        endpoint: `${origin}/api/cloud/storage`,
        region: 'us-east-1',
        credentials: () => Promise.resolve({ accessKeyId, secretAccessKey, expiration: new Date(Date.now() + DAY_MS) }),
        authorities: () => Promise.resolve(undefined),
      },
    );
  }

  const storeAt = (origin = server.ops, clock: Clock = new SystemClock()): S3ByteStore =>
    new S3ByteStore(bucketAt(origin), clock);

  async function draft(store: S3ByteStore, bytes: Buffer, address?: ObjectAddress): Promise<string> {
    const one = await store.createDraft(address);
    for (let start = 0; start < bytes.length; start += MIB) await one.write(bytes.subarray(start, start + MIB), start);
    return one.seal();
  }

  async function isThere(store: S3ByteStore, blob: string): Promise<boolean> {
    const opened = await store.open(blob);
    await opened?.close();
    return opened !== undefined;
  }

  it('goes on with a download that breaks off, where it broke off', async () => {
    const content = randomBytes(12 * MIB);
    const blob = await draft(storeAt(), content);
    proxy = await CuttingProxy.start(server.ops, { answerBytesMax: 4 * MIB, cutsMax: 3 });
    const opened = await storeAt(proxy.origin).open(blob);
    expect(md5(await buffer(opened!.stream()))).toBe(md5(content));
    expect(proxy.cuts).toBe(3);
    await opened?.close();
  });

  /** What has been asked of a blob through the proxy: methods, with the ranges. */
  const askedOf = (blob: string): string[] =>
    (proxy?.requests ?? []).filter((request) => request.includes(blob)).map((request) => request.replace(/ \S+/, ''));

  it('asks the bucket for what is wanted and no more', async () => {
    const content = randomBytes(3 * MIB);
    const blob = await draft(storeAt(), content);
    proxy = await CuttingProxy.start(server.ops, { cutsMax: 0 });
    const store = storeAt(proxy.origin);
    const streamed = await store.open(blob, undefined, { start: MIB, end: 2 * MIB - 1 });
    const bytes = await buffer(streamed!.stream({ start: MIB, end: 2 * MIB - 1 }));
    expect(bytes.equals(content.subarray(MIB, 2 * MIB))).toBe(true);
    await streamed?.close();
    expect(askedOf(blob)).toEqual(['GET bytes=1048576-2097151']);
    const read = await store.open(blob, undefined, { start: 0, end: 9 });
    const piece = Buffer.alloc(10);
    expect(await read!.read(piece, 0)).toBe(10);
    expect(piece.equals(content.subarray(0, 10))).toBe(true);
    expect(askedOf(blob).slice(1)).toEqual(['GET bytes=0-9']);
    // More than was announced is there all the same.
    expect(await read!.read(piece, 10)).toBe(10);
    expect(piece.equals(content.subarray(10, 20))).toBe(true);
    await read?.close();
    const seen = await store.open(blob, undefined, NO_BYTES);
    await seen?.close();
    expect(askedOf(blob).slice(3)).toEqual(['HEAD']);
  });

  it('reads one object after the other over the same connection, in whichever way', async () => {
    const content = randomBytes(MIB);
    const [small, large] = [await draft(storeAt(), Buffer.from('small')), await draft(storeAt(), content)];
    const empty = await draft(storeAt(), Buffer.of());
    proxy = await CuttingProxy.start(server.ops, { cutsMax: 0 });
    const store = storeAt(proxy.origin);
    for (let round = 0; round < 5; round += 1) {
      const read = await store.open(small);
      const piece = Buffer.alloc(5);
      expect(await read!.read(piece, 0)).toBe(5);
      expect(piece.toString()).toBe('small');
      await read?.close();
      const streamed = await store.open(large, undefined, { start: 9, end: MIB - 9 });
      expect(await buffer(streamed!.stream({ start: 9, end: MIB - 9 }))).toHaveLength(MIB - 17);
      await streamed?.close();
      await (await store.open(small, undefined, NO_BYTES))?.close();
      const nothing = await store.open(empty);
      expect(await nothing!.read(piece, 0)).toBe(0);
      await nothing?.close();
    }
    expect(proxy.connections).toBe(1);
  });

  it('lets the bucket join the parts of an upload', async () => {
    const contents = [randomBytes(9 * MIB), randomBytes(5 * MIB), randomBytes(1)] as const;
    const parts = [];
    for (const content of contents)
      parts.push({ blob: await draft(storeAt(), content), bytes: content.length, etag: md5(content) });
    proxy = await CuttingProxy.start(server.ops, { cutsMax: 0 });
    const store = storeAt(proxy.origin);
    const address = { jobId: newId(), key: 'joined' };
    const joined = (await store.join(address, parts)) ?? '';
    // The copies of the three parts are told apart by their numbers alone; nothing of them has come this way.
    const asked = askedOf(joined).map((request) => request.replace(/^(\S+).*/, '$1'));
    expect(asked.sort()).toEqual(['POST', 'POST', 'PUT', 'PUT', 'PUT']);
    const opened = await storeAt().open(joined);
    expect(md5(await buffer(opened!.stream()))).toBe(md5(Buffer.concat(contents)));
    expect(await storeAt().addressOf(joined)).toEqual(address);
    // What was changed in the bucket is not taken for what arrived.
    const [first, ...others] = parts;
    expect(await store.join(address, [{ ...first!, etag: md5(Buffer.from('other')) }, ...others])).toBeUndefined();
    // Nor does an upload fail of which the bucket takes each part, and then not all of them together.
    expect(await storeAt().join(address, [...others, first!])).toBeUndefined();
    const open: string[] = [];
    for await (const { name } of bucketAt(server.ops).openUploads()) open.push(name);
    expect(open).toEqual([]);
  });

  it('asks for nothing more when its reader has gone', async () => {
    const blob = await draft(storeAt(), randomBytes(12 * MIB));
    proxy = await CuttingProxy.start(server.ops, { cutsMax: 0 });
    const opened = await storeAt(proxy.origin).open(blob);
    const stream = opened!.stream();
    await once(stream, 'readable');
    const gone = new Promise((resolve) => stream.once('close', resolve));
    stream.on('error', () => undefined).destroy(new Error('The reader has gone'));
    await gone;
    await opened?.close();
    expect(askedOf(blob)).toEqual(['GET']);
  });

  it('costs no more than what a client is given', { timeout: 30_000 }, async () => {
    proxy = await CuttingProxy.start(server.ops, { cutsMax: 0 });
    const front = await ServerProcess.start({
      env: bucketSettings({ ...job, endpoint: `${proxy.origin}/api/cloud/storage` }, prefix.slice(0, -1)),
    });
    try {
      const client = await startJob(front);
      const s3 = s3Client({ ...client, endpoint: `${front.ops}/api/cloud/storage` });
      const at = { Bucket: client.jobId, Key: 'k' };
      const content = randomBytes(MIB);
      const { ETag } = await s3.send(new PutObjectCommand({ ...at, Body: content }));
      const part = await s3.send(new GetObjectCommand({ ...at, Range: 'bytes=1000-499999' }));
      expect(content.subarray(1_000, 500_000).equals((await part.Body?.transformToByteArray()) ?? Buffer.of())).toBe(
        true,
      );
      expect(askedOf(`/${client.jobId}/`)).toEqual(['PUT', 'GET bytes=1000-499999']);
      await expect(s3.send(new GetObjectCommand({ ...at, IfNoneMatch: ETag }))).rejects.toMatchObject({
        $metadata: { httpStatusCode: 304 },
      });
      expect(askedOf(`/${client.jobId}/`).slice(2)).toEqual(['HEAD']);
      // Of a copy whose conditions are not met, nothing is read.
      const copy = { ...at, Key: 'copy', CopySource: `${at.Bucket}/k` };
      await expect(s3.send(new CopyObjectCommand({ ...copy, CopySourceIfNoneMatch: ETag }))).rejects.toMatchObject({
        name: 'PreconditionFailed',
      });
      await expect(
        s3.send(new CopyObjectCommand({ ...copy, Key: 'k', MetadataDirective: 'REPLACE', IfNoneMatch: '*' })),
      ).rejects.toMatchObject({
        name: 'PreconditionFailed',
      });
      expect(askedOf(`/${client.jobId}/`)).toHaveLength(3);
    } finally {
      await front.dispose();
    }
  });

  it('says so when a download that broke off cannot go on', async () => {
    const blob = await draft(storeAt(), randomBytes(12 * MIB));
    proxy = await CuttingProxy.start(server.ops, { answerBytesMax: 4 * MIB, cutsMax: 1 });
    const opened = await storeAt(proxy.origin).open(blob);
    await storeAt().remove(blob);
    await expect(buffer(opened!.stream())).rejects.toThrow('A version was removed while it was being read');
    await opened?.close();
  });

  it('sends a part again whose connection was cut', async () => {
    proxy = await CuttingProxy.start(server.ops, { requestBytesMax: 9 * MIB, cutsMax: 2 });
    const store = storeAt(proxy.origin);
    const content = randomBytes(20 * MIB);
    const blob = await draft(store, content);
    expect(proxy.cuts).toBe(2);
    const opened = await storeAt().open(blob);
    expect(md5(await buffer(opened!.stream()))).toBe(md5(content));
    await opened?.close();
  });

  it('frees what an upload occupies whose process has ended, and no other', async () => {
    const store = storeAt();
    const cutOff = await store.createDraft();
    for (let start = 0; start < 17 * MIB; start += MIB) await cutOff.write(Buffer.alloc(MIB), start);
    const openUploads = async (): Promise<string[]> => {
      const names: string[] = [];
      for await (const { name } of bucketAt(server.ops).openUploads()) names.push(name);
      return names;
    };
    expect(await openUploads()).toHaveLength(1);
    await store.giveUpDrafts(Date.now() - DAY_MS);
    expect(await openUploads()).toHaveLength(1);
    await store.giveUpDrafts(Date.now() + DAY_MS);
    expect(await openUploads()).toEqual([]);
    await expect(cutOff.seal()).rejects.toMatchObject({ code: 'ServiceUnavailable' });
    await cutOff.discard();
  });

  it('looks through all versions again when a look was broken off', async () => {
    const store = storeAt();
    const address = { jobId: newId(), key: 'k' };
    const versions = [await draft(store, Buffer.from('1'), address), await draft(store, Buffer.from('2'), address)];
    const brokenOff = store.leftDrafts();
    await brokenOff.next();
    await brokenOff.return(undefined);
    const looked: boolean[] = [];
    const seen: string[] = [];
    for await (const { blob } of store.leftDrafts((isOfKind) => looked.push(isOfKind(versions[0] as string))))
      seen.push(blob);
    expect(seen).toEqual([...versions].sort());
    expect(looked).toEqual([false, true]);
    // A complete one counts for a day.
    for await (const { blob } of store.leftDrafts()) seen.push(blob);
    expect(seen).toHaveLength(2);
  });

  it('is swept of what nobody needs, and of nothing that may be the last', async () => {
    const clock = new ManualClock(Date.now());
    const store = storeAt(server.ops, clock);
    const { database } = await openDatabase('sqlite', schema);
    const [index, uploads] = [new SqlObjectIndex(database), new SqlUploadIndex(database)];
    const jobId = newId();
    await index.openBucket({ jobId, userId: 'local', store: 's3://bucket', createdMs: clock.now() });
    const address = { jobId, key: 'k' };
    const superseded = await draft(store, Buffer.from('older'), address);
    const current = await draft(store, Buffer.from('newer'), address);
    await index.publish([publication(object(jobId, 'k', { blob: current }))]);
    // Put there by a tool that copies no metadata.
    const keyless = `${jobId}/${'1'.repeat(16)}-${'1'.repeat(24)}`;
    await bucketAt(server.ops).put(keyless, Buffer.from('keyless'), {});
    expect(await store.addressOf(keyless)).toBe('unknown');
    expect(await store.addressOf(`${jobId}/${'2'.repeat(16)}-${'2'.repeat(24)}`)).toBeUndefined();
    const forgotten = await draft(store, Buffer.from('last'), { jobId, key: 'forgotten' });
    // As after the restore of a database: the version that it knows is gone, the one that is there it does not know.
    const unknown = await draft(store, Buffer.from('unknown'), { jobId, key: 'restored' });
    await index.publish([
      publication(object(jobId, 'restored', { blob: `${jobId}/${'0'.repeat(16)}-${'0'.repeat(24)}` })),
    ]);
    const loosePart = await draft(store, Buffer.from('loose'));
    const part = await draft(store, Buffer.from('part'));
    const open = upload(jobId, 'open', { initiatedMs: clock.now() });
    await uploads.begin(open);
    const lastModifiedMs = clock.now();
    const { uploadId } = open;
    await uploads.putPart(
      { uploadId, partNumber: 1, blob: part, bytes: 4, etag: 'e'.repeat(32), checksum: null, lastModifiedMs },
      Number.MAX_SAFE_INTEGER,
    );
    const stores = { names: () => ['s3://bucket'], at: () => store } as unknown as ByteStores;
    const world = new SweeperWorld(clock, new Lifecycle(), database, undefined as never, stores);
    // In a store that moves nothing there is nothing to place; no upload is old enough to be aborted.
    const sweeper = new Sweeper(
      index,
      undefined as unknown as Publisher,
      { uploads } as unknown as MultipartService,
      world,
    );
    const blobs = { superseded, current, keyless, forgotten, unknown, loosePart, part };
    const left = async (): Promise<string[]> => {
      const there = await Promise.all(
        Object.entries(blobs).map(async ([name, blob]) => [name, await isThere(store, blob)]),
      );
      return there.filter(([, isLeft]) => isLeft).map(([name]) => name as string);
    };
    await sweeper.sweep();
    clock.advance(storageLimits.leftDraftMs - MINUTE_MS);
    await sweeper.sweep();
    expect(await left()).toEqual(Object.keys(blobs));
    clock.advance(2 * MINUTE_MS);
    await sweeper.sweep();
    expect(await left()).toEqual(['superseded', 'current', 'keyless', 'forgotten', 'unknown', 'part']);
    clock.advance(DAY_MS);
    await sweeper.sweep();
    expect(await left()).toEqual(['current', 'keyless', 'forgotten', 'unknown', 'part']);
  });
});
