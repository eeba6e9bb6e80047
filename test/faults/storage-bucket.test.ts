import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  UploadPartCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Manifest } from '#libs/manifest';
import { storageLimits } from '../../src/storage/storage.limits.js';
import { LiveWatch } from '../support/live-watch.js';
import { seeded } from '../support/seeded.js';
import { ServerProcess } from '../support/server.js';
import { bucketSettings, s3Client, startJob, type StorageJob } from '../support/storage-job.js';
import { readZip } from '../support/zip.js';

const MIB = 1024 * 1024;
/** Of the moments at which a server is killed … */
const SEED = 20_261_125;
/** … by which an upload on a quiet machine is over. */
const KILLED_MS_MAX = 700;
const waiting = { timeout: 60_000, interval: 50 };

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** A server whose artifacts lie in a bucket, which is one of another server. */
describe('a server and its bucket', () => {
  let backing: ServerProcess;
  let bucket: StorageJob;
  let behind: S3Client;
  let front: ServerProcess;
  let job: StorageJob;
  let s3: S3Client;

  beforeAll(async () => {
    backing = await ServerProcess.start();
    bucket = await startJob(backing);
    behind = s3Client(bucket);
    front = await ServerProcess.start({ env: bucketSettings(bucket) });
    job = await startJob(front);
    s3 = s3Client(job);
  });

  afterAll(async () => {
    backing.thaw();
    for (const server of [front, backing]) await server.dispose();
  });

  const at = (Key: string, Bucket = job.jobId): { Bucket: string; Key: string } => ({ Bucket, Key });
  const lying = async (): Promise<number> => {
    const wish = { Bucket: bucket.jobId, Prefix: `artifacts/${job.jobId}/` };
    return (await behind.send(new ListObjectsV2Command(wish))).KeyCount ?? 0;
  };
  const put = (Key: string, Body: string): Promise<unknown> => s3.send(new PutObjectCommand({ ...at(Key), Body }));
  const text = async (Key: string): Promise<string | undefined> =>
    (await s3.send(new GetObjectCommand(at(Key)))).Body?.transformToString();
  const storage = async (): Promise<string> => {
    interface Report {
      readonly components: { readonly name: string; readonly status: string; readonly message: string }[];
    }
    const { components } = await front.json<Report>('/api/cloud/health');
    const { status, message } = components.find(({ name }) => name === 'storage')!;
    return `${status}: ${message}`;
  };

  it('removes what was deleted or replaced while the bucket was away, also when it dies before the bucket is back', async () => {
    for (const key of ['kept', 'one', 'two', 'three']) await put(key, key);
    expect(await lying()).toBe(4);
    await backing.kill();
    await s3.send(new DeleteObjectCommand(at('one')));
    const Delete = { Objects: [{ Key: 'two' }, { Key: 'three' }] };
    const { Deleted } = await s3.send(new DeleteObjectsCommand({ Bucket: job.jobId, Delete }));
    expect(Deleted).toHaveLength(2);
    await expect(text('one')).rejects.toMatchObject({ name: 'NoSuchKey' });
    await front.kill();
    await front.restart();
    await backing.restart();
    await vi.waitUntil(async () => (await lying()) === 1, waiting);
    expect(await text('kept')).toBe('kept');
    await put('kept', 'newer');
    expect(await lying()).toBe(1);
  });

  it('keeps one of the objects that are put at once under one key, whole, and no other version of it', async () => {
    const others = await lying();
    const bodies = Array.from({ length: 40 }, (_, index) => `${index}`.padEnd(100_000, '.'));
    await Promise.all(bodies.map((body) => put('contended', body)));
    expect(bodies).toContain(await text('contended'));
    expect(await lying()).toBe(others + 1);
  });

  it(
    'never shows a wrong object, killed at seeded moments of an upload and its completion',
    { timeout: 180_000 },
    async () => {
      const moment = seeded(SEED);
      let seen: string | undefined;
      for (let round = 1; round <= 4; round += 1) {
        const Body = randomBytes(11 * MIB);
        const upload = new Upload({ client: s3, params: { ...at('killed'), Body }, partSize: 5 * MIB }).done();
        const settled = Promise.allSettled([upload]);
        await Promise.race([settled, pause(moment(KILLED_MS_MAX))]);
        await front.kill();
        const [{ status }] = await settled;
        await front.restart();
        const found = await s3
          .send(new GetObjectCommand(at('killed')))
          .catch((error: unknown) => (error as Error).name);
        const now =
          typeof found === 'string' ? found : sha256((await found.Body?.transformToByteArray()) ?? Buffer.of());
        const possible = status === 'fulfilled' ? [sha256(Body)] : [sha256(Body), seen ?? 'NoSuchKey'];
        expect(possible).toContain(now);
        seen = now;
      }
    },
  );

  it('gives people their files out of the bucket, and names what was changed or taken away there', async () => {
    const own = await startJob(front);
    const client = s3Client(own);
    const large = randomBytes(9 * MIB);
    const files = { 'a/b': 'content of a/b', large, lost: 'lost', spoilt: 'as it came' };
    for (const [key, Body] of Object.entries(files))
      await new Upload({ client, params: { ...at(key, own.jobId), Body } }).done();
    const base = `/api/cloud/jobs/${own.jobId}`;
    const archive = Buffer.from(await (await front.get(`${base}/archive`)).arrayBuffer());
    const entries = new Map(readZip(archive).map(({ name, bytes }) => [name.slice(own.jobId.length + 1), bytes]));
    expect([...entries.keys()]).toEqual([...Object.keys(files), 'MANIFEST.json']);
    expect(entries.get('large')?.equals(large)).toBe(true);
    const manifest = JSON.parse(entries.get('MANIFEST.json')!.toString()) as Manifest;
    expect(manifest.files.find(({ key }) => key === 'large')?.sha256).toBe(sha256(large));
    const link = (await (await front.send('POST', `${base}/files/large/url`, {})).json()) as { url: string };
    const linked = await fetch(link.url, { headers: { range: `bytes=${8 * MIB - 1}-` } });
    expect(Buffer.from(await linked.arrayBuffer()).equals(large.subarray(8 * MIB - 1))).toBe(true);
    const verdict = async (): Promise<unknown> =>
      ((await (await front.send('POST', `${base}/manifest/verify`)).json()) as { counts: unknown }).counts;
    expect(await verdict()).toEqual({ ok: 4, missing: 0, different: 0 });
    const wish = { Bucket: bucket.jobId, Prefix: `artifacts/${own.jobId}/` };
    for (const { Key, Size } of (await behind.send(new ListObjectsV2Command(wish))).Contents ?? []) {
      if (Size === files.lost.length) await behind.send(new DeleteObjectCommand({ Bucket: bucket.jobId, Key }));
      if (Size === files.spoilt.length)
        await behind.send(new PutObjectCommand({ Bucket: bucket.jobId, Key, Body: 'as it goes' }));
    }
    expect(await verdict()).toEqual({ ok: 2, missing: 1, different: 1 });
  });

  it('completes nothing for a job that was cancelled while its parts were being joined', async () => {
    const doomed = await startJob(front);
    const client = s3Client(doomed);
    const target = at('late', doomed.jobId);
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(target));
    const { ETag } = await client.send(
      new UploadPartCommand({ ...target, UploadId, PartNumber: 1, Body: randomBytes(MIB) }),
    );
    backing.freeze();
    const beganAtMs = performance.now();
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    const completion = client
      .send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload }))
      .catch((error: unknown) => (error as Error).name);
    await front.send('POST', `/api/cloud/jobs/${doomed.jobId}/cancel`, {});
    const list = () => client.send(new ListObjectsV2Command({ Bucket: doomed.jobId }));
    await vi.waitFor(() => expect(list()).rejects.toMatchObject({ name: 'AccessDenied' }), waiting);
    // What takes less than this is judged once.
    await vi.waitUntil(() => performance.now() - beganAtMs > storageLimits.credentialTrustMs, waiting);
    backing.thaw();
    expect(await completion).toBe('AccessDenied');
    const { files } = await front.json<{ files: unknown[] }>(`/api/cloud/jobs/${doomed.jobId}/files`);
    expect(files).toEqual([]);
    const wish = { Bucket: bucket.jobId, Prefix: `artifacts/${doomed.jobId}/` };
    expect((await behind.send(new ListObjectsV2Command(wish))).KeyCount).toBe(0);
  });

  it('says in words what is wrong with the bucket, lives and stays ready, and finds it again by itself', async () => {
    interface Loss {
      readonly lose: () => Promise<void> | void;
      readonly find: () => Promise<void> | void;
      readonly words: RegExp;
    }
    const stopped: Loss = {
      lose: () => backing.kill(),
      find: () => backing.restart(),
      words: /^unhealthy: The bucket .* (cannot be reached|does not answer)/,
    };
    const frozen: Loss = {
      lose: () => backing.freeze(),
      find: () => backing.thaw(),
      words: /^unhealthy: The bucket .* does not answer/,
    };
    for (const { lose, find, words } of [stopped, frozen]) {
      expect(await storage()).toBe(`healthy: The bucket ${bucket.jobId} answers`);
      const watch = new LiveWatch(front);
      await lose();
      await vi.waitUntil(async () => words.test(await storage()), waiting);
      expect((await front.get('/api/cloud/health/ready')).status).toBe(200);
      await find();
      await vi.waitUntil(async () => (await storage()).startsWith('healthy'), waiting);
      expect(await watch.end()).toEqual([200]);
    }
    expect(await text('kept')).toBe('newer');
  });

  /** What the front holds in memory, now or at the most since it was last asked to count anew (proc(5)). */
  const memoryBytes = (field: 'VmRSS' | 'VmHWM'): number => {
    const status = readFileSync(`/proc/${front.pid}/status`, 'utf8');
    return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1024;
  };

  it(
    'holds no more parts in memory than it says, whatever arrives at once for a bucket that takes nothing',
    { timeout: 180_000 },
    async () => {
      const jobs = [job, await startJob(front), await startJob(front), await startJob(front)];
      const Body = Buffer.alloc(8 * MIB, 'part');
      const before = memoryBytes('VmRSS');
      const uploads = await Promise.all(
        [...jobs, ...jobs].map(async (of, index) => {
          const client = s3Client(of, { maxAttempts: 10, requestHandler: { httpAgent: { maxSockets: 100 } } });
          const target = at(`large/${index}`, of.jobId);
          const { UploadId } = await client.send(new CreateMultipartUploadCommand(target));
          return { client, target: { ...target, UploadId } };
        }),
      );
      backing.freeze();
      const sent = Promise.all(
        uploads.flatMap(({ client, target }) =>
          Array.from({ length: 10 }, (_, index) =>
            client.send(new UploadPartCommand({ ...target, PartNumber: index + 1, Body })),
          ),
        ),
      );
      await vi.waitUntil(() => memoryBytes('VmRSS') > before + 160 * MIB, waiting);
      backing.thaw();
      expect(await sent).toHaveLength(80);
      const most = memoryBytes('VmHWM') - before;
      // 192 MiB of parts, and up to 2 MiB for each upload that waits: what it has sent, its batch to be hashed, its connection.
      expect(most / MIB).toBeLessThan(192 + 2 * 80);
      for (const { client, target } of uploads) {
        await client.send(new AbortMultipartUploadCommand(target));
        client.destroy();
      }
    },
  );
});
