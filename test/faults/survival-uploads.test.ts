import { createHash, randomBytes, randomInt } from 'node:crypto';
import { existsSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ServerProcess } from '../support/server.js';
import { s3Client, startJob, type StorageJob } from '../support/storage-job.js';

const MIB = 1024 * 1024;
const BODY = randomBytes(12 * MIB);
/** Drafts of a former process are removed once they are an hour old. */
const TWO_HOURS_MS = 7_200_000;

let server: ServerProcess;
let job: StorageJob;
let s3: S3Client;

beforeAll(async () => {
  server = await ServerProcess.start();
  job = await startJob(server);
  s3 = s3Client(job);
});

afterAll(async () => {
  await server.send('POST', `/api/cloud/jobs/${job.jobId}/cancel`);
  await server.dispose();
});

function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}

/** The body as a stream that calls `midway` once `bytes` of it have been given away. */
function bodyWith(bytes: number, midway: () => Promise<void>, body = BODY): Readable {
  return Readable.from(
    (async function* () {
      let isDone = false;
      for (let offset = 0; offset < body.length; offset += MIB / 4) {
        if (!isDone && offset >= bytes) {
          isDone = true;
          await midway();
        }
        yield body.subarray(offset, offset + MIB / 4);
      }
      if (!isDone) await midway();
    })(),
  );
}

async function keys(): Promise<string[]> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: job.jobId }));
  return Contents.map(({ Key = '' }) => Key);
}

async function get(key: string): Promise<Buffer> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: job.jobId, Key: key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

function put(key: string, body: Buffer | Readable, length = BODY.length): Promise<unknown> {
  return s3.send(new PutObjectCommand({ Bucket: job.jobId, Key: key, Body: body, ContentLength: length }));
}

/** Every file below the outputs folder, whatever it is. */
function files(): { path: string; bytes: number }[] {
  const root = join(server.home, 'outputs');
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path, bytes: statSync(path).size }));
}

function filesOf(key: string): string {
  return join(server.home, 'outputs', job.jobId, key);
}

/**
 * Starts the killed server as if it had lain for two hours, so that what it left is old. Files that the index knows already
 * keep their times, by which they are recognised.
 */
async function restartLater(known: readonly string[] = []): Promise<void> {
  const atSeconds = (Date.now() - TWO_HOURS_MS) / 1_000;
  for (const { path } of files()) if (!known.includes(path)) utimesSync(path, atSeconds, atSeconds);
  await server.restart();
}

/** Waits until on the disk there is nothing but the objects that the listing shows. */
async function onlyObjectsLeft(): Promise<void> {
  const expected = (await keys()).map(filesOf).sort();
  await vi.waitFor(
    () =>
      expect(
        files()
          .map(({ path }) => path)
          .sort(),
      ).toEqual(expected),
    { timeout: 10_000 },
  );
}

describe('a server that is killed while an object is being uploaded', () => {
  it.each([
    ['at its first byte', 0],
    ['somewhere', randomInt(MIB, 11 * MIB)],
    ['with its last byte', BODY.length],
  ])('shows nothing of it, keeps nothing of it, and takes it when it is sent again: %s', async (moment, bytes) => {
    const key = `single/${moment.replaceAll(' ', '-')}`;
    const sent = put(
      key,
      bodyWith(bytes, () => server.kill()),
    ).then(
      () => 'stored',
      () => 'cut off',
    );
    expect(await sent).toBe('cut off');
    await restartLater();
    expect(await keys()).not.toContain(key);
    await expect(get(key)).rejects.toMatchObject({ name: 'NoSuchKey' });
    expect(existsSync(filesOf(key))).toBe(false);
    await onlyObjectsLeft();
    await put(key, BODY);
    expect(md5(await get(key))).toBe(md5(BODY));
  });

  it('keeps the version that was there', async () => {
    const former = randomBytes(MIB);
    await put('replaced', former, former.length);
    await put(
      'replaced',
      bodyWith(5 * MIB, () => server.kill()),
    ).catch(() => undefined);
    await restartLater();
    expect(md5(await get('replaced'))).toBe(md5(former));
    await onlyObjectsLeft();
  });
});

describe('a server that is killed during a multipart upload', () => {
  const parts = [BODY.subarray(0, 6 * MIB), BODY.subarray(6 * MIB)];

  async function begin(key: string): Promise<{ Bucket: string; Key: string; UploadId: string }> {
    const { UploadId = '' } = await s3.send(new CreateMultipartUploadCommand({ Bucket: job.jobId, Key: key }));
    return { Bucket: job.jobId, Key: key, UploadId };
  }

  async function complete(upload: { Bucket: string; Key: string; UploadId: string }): Promise<void> {
    const { Parts = [] } = await s3.send(new ListPartsCommand(upload));
    const MultipartUpload = { Parts: Parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag })) };
    await s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload }));
  }

  it('keeps the parts that were answered, nothing of the one cut off, and no object', async () => {
    const upload = await begin('multipart/cut');
    const [first = BODY, second = BODY] = parts;
    await s3.send(new UploadPartCommand({ ...upload, PartNumber: 1, Body: first }));
    const answered = files().map(({ path }) => path);
    const cut = bodyWith(randomInt(1, 5 * MIB), () => server.kill(), second);
    const sent = s3.send(new UploadPartCommand({ ...upload, PartNumber: 2, Body: cut, ContentLength: second.length }));
    await expect(sent).rejects.toThrow();
    await restartLater(answered);
    expect(await keys()).not.toContain('multipart/cut');
    const { Parts = [] } = await s3.send(new ListPartsCommand(upload));
    expect(Parts.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([[1, first.length]]);
    await s3.send(new UploadPartCommand({ ...upload, PartNumber: 2, Body: second }));
    await complete(upload);
    expect(md5(await get('multipart/cut'))).toBe(md5(BODY));
    await onlyObjectsLeft();
  });

  it('has the whole object or the whole upload, at whatever moment of the completion it dies', async () => {
    for (let round = 0; round < 4; round += 1) {
      const upload = await begin(`multipart/completion-${round}`);
      const ETags = await Promise.all(
        parts.map((Body, at) => s3.send(new UploadPartCommand({ ...upload, PartNumber: at + 1, Body }))),
      );
      const MultipartUpload = { Parts: ETags.map(({ ETag }, at) => ({ PartNumber: at + 1, ETag })) };
      const before = files().length;
      const completed = s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload })).catch(() => 'cut');
      // The joined file is there, and grows: the first rounds die while it does, the last ones about its end.
      await vi
        .waitFor(
          () => {
            const now = files();
            expect(now.length).toBeGreaterThan(before);
            expect(now.some(({ bytes }) => bytes >= (BODY.length * round) / 3)).toBe(true);
          },
          { timeout: 10_000, interval: 1 },
        )
        .catch(() => undefined);
      await server.kill();
      await completed;
      await server.restart();
      if ((await keys()).includes(upload.Key)) expect(md5(await get(upload.Key))).toBe(md5(BODY));
      // May be repeated, whether or not it was done before (contract §8).
      await s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload }));
      expect(md5(await get(upload.Key))).toBe(md5(BODY));
    }
    // What the cut completions had joined goes with the next start that finds it old.
    await server.kill();
    await restartLater();
    await onlyObjectsLeft();
  });
});

describe('a server that is asked to stop during an upload', () => {
  it('takes it to its end, answers 200, and ends with 0', async () => {
    let exit: Promise<number | null> | undefined;
    const body = bodyWith(4 * MIB, async () => {
      exit = server.terminate();
      // The rest is sent only after the server has closed its doors.
      await vi.waitFor(() => expect(fetch(`${server.ops}/api/cloud/health`)).rejects.toThrow(), { timeout: 10_000 });
    });
    await put('stopping', body);
    expect(await exit).toBe(0);
    await server.restart();
    expect(md5(await get('stopping'))).toBe(md5(BODY));
  });
});
