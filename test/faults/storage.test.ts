import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  UploadPartCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { seeded } from '../support/seeded.js';
import { ServerProcess } from '../support/server.js';
import { s3Client, startJob } from '../support/storage-job.js';

const MIB = 1024 * 1024;
/** Of the moments at which a server is killed. */
const SEED = 20_261_125;
/** An upload on a quiet machine is over by then. */
const KILLED_MS_MAX = 250;
const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}

async function start(options: Parameters<typeof ServerProcess.start>[0] = {}): Promise<ServerProcess> {
  const server = await ServerProcess.start(options);
  cleanUps.push(() => server.dispose());
  return server;
}

async function bytesOf(s3: S3Client, Bucket: string, Key: string): Promise<Buffer | undefined> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  } catch (error) {
    if ((error as Error).name === 'NoSuchKey') return undefined;
    throw error;
  }
}

/** A version of the object: random bytes that begin with their number. */
function version(number: number): Buffer {
  const body = randomBytes(11 * MIB);
  body.writeUInt32BE(number);
  return body;
}

describe('storage when things go wrong', () => {
  it(
    'never shows a wrong object, killed at twenty seeded moments of a multipart upload',
    { timeout: 400_000 },
    async () => {
      const server = await start();
      const job = await startJob(server);
      const s3 = s3Client(job);
      const at = { Bucket: job.jobId, Key: 'run/model.safetensors' };
      const digests = new Map<number, string>();
      const moment = seeded(SEED);
      let newestWhole = 0;
      for (let round = 1; round <= 20; round += 1) {
        const body = version(round);
        digests.set(round, md5(body));
        const small = s3.send(
          new PutObjectCommand({ Bucket: job.jobId, Key: `small/${round}`, Body: body.subarray(0, 9_000) }),
        );
        const upload = new Upload({ client: s3, params: { ...at, Body: body }, partSize: 5 * MIB, queueSize: 3 })
          .done()
          .then(() => (newestWhole = round));
        const settled = Promise.allSettled([upload, small]);
        await pause(moment(KILLED_MS_MAX));
        await server.kill();
        const [, smallResult] = await settled;
        await server.restart();
        const seen = await bytesOf(s3, at.Bucket, at.Key);
        const number = seen?.readUInt32BE() ?? 0;
        // Whole, and not older than what was last confirmed.
        if (seen) expect(md5(seen)).toBe(digests.get(number));
        expect(number).toBeGreaterThanOrEqual(newestWhole);
        const little = await bytesOf(s3, job.jobId, `small/${round}`);
        if (smallResult.status === 'fulfilled') expect(little?.equals(body.subarray(0, 9_000))).toBe(true);
        else expect(little === undefined || little.equals(body.subarray(0, 9_000))).toBe(true);
        await showsTheSameOnDisk(server, job.jobId, s3);
      }
      await new Upload({ client: s3, params: { ...at, Body: version(99) }, partSize: 5 * MIB }).done();
      expect((await bytesOf(s3, at.Bucket, at.Key))?.readUInt32BE()).toBe(99);
    },
  );

  /** Every listed object lies whole under its own name, once what a crash left has been tidied up. */
  async function showsTheSameOnDisk(server: ServerProcess, jobId: string, s3: S3Client): Promise<void> {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: jobId }));
    await vi.waitFor(
      () => {
        for (const { Key = '', Size } of Contents) {
          expect(readFileSync(join(server.home, 'outputs', jobId, Key))).toHaveLength(Size ?? -1);
        }
      },
      { timeout: 10_000, interval: 50 },
    );
  }

  it('collects the drafts of a crash and keeps the parts of uploads that are still open', async () => {
    const server = await start();
    const job = await startJob(server);
    const s3 = s3Client(job);
    const at = { Bucket: job.jobId, Key: 'open' };
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(at));
    await s3.send(new UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body: 'part' }));
    const drafts = join(server.home, 'outputs', '.uploads');
    const [part] = readdirSync(drafts);
    const slow = new ReadableStream({ start: (controller) => controller.enqueue(randomBytes(400_000)) });
    const headers = { 'x-upload-token': job.secretAccessKey };
    const put = { method: 'PUT', body: slow, headers, duplex: 'half' } as RequestInit;
    const cut = fetch(`${job.endpoint}/${job.jobId}/cut`, put).catch(() => undefined);
    await vi.waitUntil(() => readdirSync(drafts).length === 2, { interval: 20 });
    await server.kill();
    await cut;
    const orphan = readdirSync(drafts).find((name) => name !== part) ?? '';
    const twoHoursAgo = new Date(Date.now() - 2 * 3_600_000);
    utimesSync(join(drafts, orphan), twoHoursAgo, twoHoursAgo);
    await server.restart();
    await vi.waitUntil(() => readdirSync(drafts).length === 1, { timeout: 10_000, interval: 50 });
    expect(readdirSync(drafts)).toEqual([part]);
  });

  it('says SlowDown when the disk is full, shows nothing of the upload, and recovers', async () => {
    if (process.getuid?.() !== 0) {
      throw new Error(
        'This test mounts a small tmpfs to have a disk that is full: run it as root (npm test does in CI).',
      );
    }
    const home = mkdtempSync(join(tmpdir(), 'simpletuner-full-'));
    const outputs = join(home, 'outputs');
    mkdirSync(outputs);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', outputs]);
    const server = await start({ home, env: { SIMPLETUNER_DISK_FLOOR_BYTES: '0' } });
    cleanUps.push(() => execFileSync('umount', ['-l', outputs]));
    const job = await startJob(server);
    const s3 = s3Client(job);
    const Bucket = job.jobId;
    await s3.send(new PutObjectCommand({ Bucket, Key: 'kept', Body: randomBytes(4 * MIB) }));
    // Announced: refused before the body is sent.
    const announced = new PutObjectCommand({ Bucket, Key: 'announced', Body: Buffer.alloc(40 * MIB) });
    await expect(s3.send(announced)).rejects.toMatchObject({ name: 'SlowDown', $metadata: { httpStatusCode: 503 } });
    // Not announced: the disk fills up on the way.
    const endless = new ReadableStream({ pull: (controller) => controller.enqueue(randomBytes(MIB)) });
    const headers = { 'x-upload-token': job.secretAccessKey };
    const response = await fetch(`${job.endpoint}/${Bucket}/endless`, {
      ...({ method: 'PUT', body: endless, headers, duplex: 'half' } as RequestInit),
    }).catch(() => undefined);
    if (response) expect(response.status).toBe(503);
    await vi.waitUntil(() => readdirSync(join(outputs, '.uploads')).length === 0, { timeout: 10_000, interval: 50 });
    const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket }));
    expect(Contents?.map(({ Key }) => Key)).toEqual(['kept']);
    const health = await server.json<{ components: { name: string; status: string }[] }>('/api/cloud/health');
    expect(health.components.find(({ name }) => name === 'storage')).toMatchObject({ status: 'healthy' });
    await s3.send(new PutObjectCommand({ Bucket, Key: 'after', Body: randomBytes(MIB) }));
    expect(await bytesOf(s3, Bucket, 'after')).toHaveLength(MIB);
  });
});
