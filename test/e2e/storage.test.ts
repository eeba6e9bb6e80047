import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketAclCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ServerProcess } from '../support/server.js';
import { s3Client, startJob, type StorageJob } from '../support/storage-job.js';

const MIB = 1024 * 1024;

function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}

describe('S3 storage', () => {
  let server: ServerProcess;
  let job: StorageJob & { endFile: string };
  let s3: S3Client;
  let Bucket: string;

  beforeAll(async () => {
    server = await ServerProcess.start({ env: { SIMPLETUNER_JOB_POLL_INTERVAL: '0.5' } });
    job = await startJob(server);
    s3 = s3Client(job);
    Bucket = job.jobId;
  });

  afterAll(() => server.dispose());

  const put = (Key: string, Body: string | Uint8Array | Readable, extra: object = {}) =>
    s3.send(new PutObjectCommand({ Bucket, Key, Body, ...extra }));
  const get = async (Key: string, extra: object = {}): Promise<Buffer> => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, ...extra }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  };
  const fileOf = (key: string): string => join(server.home, 'outputs', job.jobId, key);

  it('stores an object under its own name on the disk and gives it back as it was', async () => {
    const body = randomBytes(300_000);
    const stored = await put('run/checkpoint-1/model.safetensors', body, {
      ContentType: 'application/x-safetensors',
      CacheControl: 'no-store',
      Metadata: { step: '100' },
    });
    expect(stored.ETag).toBe(`"${md5(body)}"`);
    expect(readFileSync(fileOf('run/checkpoint-1/model.safetensors')).equals(body)).toBe(true);
    const head = await s3.send(
      new HeadObjectCommand({ Bucket, Key: 'run/checkpoint-1/model.safetensors', ChecksumMode: 'ENABLED' }),
    );
    expect(head).toMatchObject({
      ContentLength: body.length,
      ContentType: 'application/x-safetensors',
      CacheControl: 'no-store',
      Metadata: { step: '100' },
      ETag: stored.ETag,
      ChecksumCRC32: stored.ChecksumCRC32,
    });
    expect(md5(await get('run/checkpoint-1/model.safetensors'))).toBe(md5(body));
  });

  it.each([
    ['a stream with a checksum trailer', () => Readable.from(randomPieces())],
    ['nothing', () => new Uint8Array(0)],
    ['one byte', () => new Uint8Array([7])],
  ])('takes %s', async (_, body) => {
    const given = body();
    const length = given instanceof Readable ? PIECES.length : given.length;
    await put('shape', given, { ContentLength: length });
    expect(md5(await get('shape'))).toBe(md5(given instanceof Readable ? PIECES : given));
    const { ContentEncoding } = await s3.send(new HeadObjectCommand({ Bucket, Key: 'shape' }));
    expect(ContentEncoding).toBeUndefined();
  });

  it('serves ranges and judges conditions', async () => {
    await put('range', '0123456789');
    expect((await get('range', { Range: 'bytes=2-4' })).toString()).toBe('234');
    expect((await get('range', { Range: 'bytes=-3' })).toString()).toBe('789');
    await expect(get('range', { Range: 'bytes=10-' })).rejects.toMatchObject({ name: 'InvalidRange' });
    const { ETag } = await s3.send(new HeadObjectCommand({ Bucket, Key: 'range' }));
    expect((await get('range', { IfMatch: ETag })).toString()).toBe('0123456789');
    await expect(get('range', { IfMatch: '"other"' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await expect(get('range', { IfNoneMatch: ETag })).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } });
    await expect(put('range', 'new', { IfNoneMatch: '*' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await expect(put('range', 'new', { IfMatch: '"other"' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    expect((await get('range')).toString()).toBe('0123456789');
    const overridden = await s3.send(
      new GetObjectCommand({
        Bucket,
        Key: 'range',
        ResponseContentType: 'text/plain',
        ResponseCacheControl: 'no-cache',
      }),
    );
    expect(overridden).toMatchObject({ ContentType: 'text/plain', CacheControl: 'no-cache' });
  });

  it.each([
    'a b+c/é~(1)%41.txt',
    'empty//segment',
    '/leading',
    'trailing/',
    'x'.repeat(1_024),
    `${'long'.repeat(80)}/${'日本'.repeat(100)}`,
    '..hidden/a..b',
    '.uploads/x',
    'clash',
    'clash/inside',
    'clash/inside/deeper',
    '\u{1f680}',
  ])('holds the key %j', async (key) => {
    await put(key, `content of ${key}`);
    expect((await get(key)).toString()).toBe(`content of ${key}`);
    const listed = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: key }));
    expect(listed.Contents?.map(({ Key }) => Key)).toContain(key);
  });

  it('keeps keys apart where the file system knows folders only', async () => {
    for (const key of ['m', 'm/n', 'm/n/o']) await put(key, key);
    await put('m', 'again');
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'm/n/o' }));
    expect([(await get('m')).toString(), (await get('m/n')).toString()]).toEqual(['again', 'm/n']);
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'm' }));
    expect((await get('m/n')).toString()).toBe('m/n');
    await put('m/q', 'q');
    expect(existsSync(fileOf('m/q'))).toBe(true);
  });

  it('lists in pages, folds by delimiter, and knows both versions of the protocol', async () => {
    const keys = ['l/a', 'l/b/1', 'l/b/2', 'l/c', 'l/é'];
    for (const key of keys) await put(key, key);
    const v2 = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'l/', Delimiter: '/', EncodingType: 'url' }));
    expect(v2.Contents?.map(({ Key }) => Key)).toEqual(['l/a', 'l/c', 'l/%C3%A9']);
    expect(v2.CommonPrefixes).toEqual([{ Prefix: 'l/b/' }]);
    const paged: string[] = [];
    for (let ContinuationToken: string | undefined, more = true; more;) {
      const page = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'l/', MaxKeys: 2, ContinuationToken }));
      paged.push(...(page.Contents ?? []).map(({ Key }) => Key ?? ''));
      ContinuationToken = page.NextContinuationToken;
      more = page.IsTruncated === true;
    }
    expect(paged).toEqual(keys);
    const v1 = await s3.send(new ListObjectsCommand({ Bucket, Prefix: 'l/', Marker: 'l/b/1' }));
    expect(v1.Contents?.map(({ Key }) => Key)).toEqual(['l/b/2', 'l/c', 'l/é']);
    const outputs = await s3.send(
      new ListObjectsV2Command({ Bucket: 'outputs', Prefix: `${job.jobId}/l/`, Delimiter: '/' }),
    );
    expect(outputs.Contents?.map(({ Key }) => Key)).toEqual([
      `${job.jobId}/l/a`,
      `${job.jobId}/l/c`,
      `${job.jobId}/l/é`,
    ]);
    const root = await s3.send(new ListObjectsV2Command({ Bucket: 'outputs', Delimiter: '/' }));
    expect(root.CommonPrefixes).toEqual([{ Prefix: `${job.jobId}/` }]);
  });

  it('answers what clients ask of buckets', async () => {
    const { Buckets } = await s3.send(new ListBucketsCommand({}));
    expect(Buckets?.map(({ Name }) => Name)).toEqual([job.jobId]);
    await s3.send(new HeadBucketCommand({ Bucket }));
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new GetBucketLocationCommand({ Bucket }));
    await s3.send(new HeadBucketCommand({ Bucket: 'outputs' }));
    await expect(s3.send(new CreateBucketCommand({ Bucket: 'another-bucket' }))).rejects.toMatchObject({
      name: 'AccessDenied',
    });
  });

  it('carries a multipart upload through, whatever the order of its parts', async () => {
    const parts = [randomBytes(5 * MIB), randomBytes(5 * MIB + 3), randomBytes(17)];
    const Key = 'multi/model.bin';
    const { UploadId } = await s3.send(
      new CreateMultipartUploadCommand({
        Bucket,
        Key,
        ContentType: 'x/y',
        Metadata: { a: 'b' },
        ChecksumAlgorithm: 'CRC32',
      }),
    );
    const sent = new Map<number, { ETag?: string; ChecksumCRC32?: string }>();
    for (const PartNumber of [3, 1, 2, 1]) {
      const Body = parts[PartNumber - 1]!;
      sent.set(
        PartNumber,
        await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ChecksumAlgorithm: 'CRC32' })),
      );
    }
    const listed = await s3.send(new ListPartsCommand({ Bucket, Key, UploadId, MaxParts: 2 }));
    expect([listed.Parts?.length, listed.IsTruncated, listed.NextPartNumberMarker]).toEqual([2, true, '2']);
    const open = await s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix: 'multi/' }));
    expect(open.Uploads?.map((upload) => upload.UploadId)).toEqual([UploadId]);
    const complete = (numbers: number[]) =>
      s3.send(
        new CompleteMultipartUploadCommand({
          Bucket,
          Key,
          UploadId,
          MultipartUpload: {
            Parts: numbers.map((PartNumber) => ({
              PartNumber,
              ETag: sent.get(PartNumber)?.ETag ?? '"none"',
              ChecksumCRC32: sent.get(PartNumber)?.ChecksumCRC32,
            })),
          },
        }),
      );
    await expect(complete([1, 2, 4])).rejects.toMatchObject({ name: 'InvalidPart' });
    await expect(complete([2, 1, 3])).rejects.toMatchObject({ name: 'InvalidPartOrder' });
    await expect(complete([3, 1])).rejects.toMatchObject({ name: 'InvalidPartOrder' });
    const whole = Buffer.concat(parts);
    const completed = await complete([1, 2, 3]);
    const etag = createHash('md5');
    for (const part of parts) etag.update(createHash('md5').update(part).digest());
    expect(completed.ETag).toBe(`"${etag.digest('hex')}-3"`);
    expect((await complete([1, 2, 3])).ETag).toBe(completed.ETag);
    expect(md5(await get(Key))).toBe(md5(whole));
    expect(md5(readFileSync(fileOf(Key)))).toBe(md5(whole));
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key }));
    expect(head).toMatchObject({ ContentType: 'x/y', Metadata: { a: 'b' }, ContentLength: whole.length });
    await expect(s3.send(new ListPartsCommand({ Bucket, Key, UploadId }))).rejects.toMatchObject({
      name: 'NoSuchUpload',
    });
  });

  it('refuses a middle part under 5 MiB and forgets an aborted upload', async () => {
    const Key = 'aborted';
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const sent = [];
    for (const PartNumber of [1, 2]) {
      const { ETag } = await s3.send(
        new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body: randomBytes(1_000) }),
      );
      sent.push({ PartNumber, ETag });
    }
    const MultipartUpload = { Parts: sent };
    await expect(
      s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload })),
    ).rejects.toMatchObject({ name: 'EntityTooSmall' });
    await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
    await expect(
      s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 3, Body: 'x' })),
    ).rejects.toMatchObject({ name: 'NoSuchUpload' });
    await expect(get(Key)).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  it('takes what lib-storage sends, four parts at a time', async () => {
    const body = randomBytes(23 * MIB);
    await new Upload({
      client: s3,
      params: { Bucket, Key: 'lib', Body: Readable.from([body]) },
      queueSize: 4,
      partSize: 5 * MIB,
    }).done();
    expect(md5(await get('lib'))).toBe(md5(body));
  });

  it('copies objects and parts, and deletes many at once', async () => {
    const body = randomBytes(6 * MIB);
    await put('copy/from', body, { ContentType: 'a/b' });
    await s3.send(new CopyObjectCommand({ Bucket, Key: 'copy/to', CopySource: `${Bucket}/copy/from` }));
    expect(md5(await get('copy/to'))).toBe(md5(body));
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key: 'copy/to' }))).ContentType).toBe('a/b');
    const Key = 'copy/parts';
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const copied = await s3.send(
      new UploadPartCopyCommand({
        ...{ Bucket, Key, UploadId, PartNumber: 1, CopySource: `${Bucket}/copy/from`, CopySourceRange: 'bytes=0-99' },
      }),
    );
    const Parts = [{ PartNumber: 1, ETag: copied.CopyPartResult?.ETag }];
    await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));
    expect(await get(Key)).toEqual(body.subarray(0, 100));
    const keys = ['copy/from', 'copy/to', 'copy/parts', 'copy/never'];
    const Delete = { Objects: keys.map((key) => ({ Key: key })) };
    const { Deleted } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete }));
    expect(Deleted?.map((one) => one.Key)).toEqual(keys);
    expect((await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'copy/' }))).KeyCount).toBe(0);
    expect(existsSync(fileOf('copy'))).toBe(false);
  });

  it('touches nothing when it is asked for what it cannot do', async () => {
    await put('acl', 'stays');
    const notImplemented = { name: 'NotImplemented', $metadata: { httpStatusCode: 501 } };
    await expect(s3.send(new PutObjectAclCommand({ Bucket, Key: 'acl', ACL: 'private' }))).rejects.toMatchObject(
      notImplemented,
    );
    await expect(s3.send(new GetBucketAclCommand({ Bucket }))).rejects.toMatchObject(notImplemented);
    expect((await get('acl')).toString()).toBe('stays');
  });

  it('keeps one of a hundred objects that are put at once under one key, and a whole one', async () => {
    const bodies = Array.from({ length: 100 }, (_, index) => randomBytes(20_000 + index));
    const many = s3Client(job, { requestHandler: { httpAgent: { maxSockets: 100 } } });
    await Promise.all(bodies.map((Body) => many.send(new PutObjectCommand({ Bucket, Key: 'race', Body }))));
    const winner = await get('race');
    expect(bodies.map(md5)).toContain(md5(winner));
    expect(readFileSync(fileOf('race')).equals(winner)).toBe(true);
    many.destroy();
  });

  it('shows how uploads progress', async () => {
    const { job: shown } = await vi.waitFor(async () => {
      const answer = await server.json<{ job: { upload_progress: { files_received: number } } }>(
        `/api/cloud/jobs/${job.jobId}`,
      );
      expect(answer.job.upload_progress.files_received).toBeGreaterThan(0);
      return answer;
    });
    expect(shown.upload_progress).toMatchObject({ bytes_received: expect.any(Number) as number });
  });

  it('lets nothing new begin once the job has completed, and lets begun uploads finish', async () => {
    const ending = await startJob(server);
    const own = s3Client(ending);
    const at = { Bucket: ending.jobId, Key: 'late' };
    const { UploadId } = await own.send(new CreateMultipartUploadCommand(at));
    writeFileSync(ending.endFile, '');
    await vi.waitFor(
      async () => {
        const { job: now } = await server.json<{ job: { status: string } }>(`/api/cloud/jobs/${ending.jobId}`);
        expect(now.status).toBe('completed');
      },
      { timeout: 30_000, interval: 100 },
    );
    await expect(own.send(new PutObjectCommand({ ...at, Body: 'x' }))).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(own.send(new CreateMultipartUploadCommand(at))).rejects.toMatchObject({ name: 'AccessDenied' });
    const { ETag } = await own.send(new UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body: 'late' }));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    await own.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload }));
    const { Body } = await own.send(new GetObjectCommand(at));
    expect(await Body?.transformToString()).toBe('late');
  });

  it('refuses everything of a job that was cancelled', async () => {
    const cancelled = await startJob(server);
    const own = s3Client(cancelled);
    const at = { Bucket: cancelled.jobId, Key: 'x' };
    await own.send(new PutObjectCommand({ ...at, Body: 'x' }));
    await server.send('POST', `/api/cloud/jobs/${cancelled.jobId}/cancel`, {});
    await expect(own.send(new GetObjectCommand(at))).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(own.send(new PutObjectCommand({ ...at, Body: 'y' }))).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});

const PIECES = randomBytes(2 * MIB + 12_345);

function* randomPieces(): Generator<Buffer> {
  for (let start = 0; start < PIECES.length; start += 70_001) yield PIECES.subarray(start, start + 70_001);
}
