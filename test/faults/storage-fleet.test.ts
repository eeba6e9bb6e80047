import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  UploadPartCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { freshDatabase } from '../support/databases.js';
import { RawS3, STORAGE_PREFIX, wire } from '../support/raw-s3.js';
import { ServerProcess } from '../support/server.js';
import { bucketSettings, s3Client, startJob, type StorageJob } from '../support/storage-job.js';

const MIB = 1024 * 1024;
const PREFIX = 'artifacts/';

const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');

/** Two servers that share a database and a bucket, and no folder. The bucket is one of a third server. */
describe('a fleet without a shared folder', () => {
  let backing: ServerProcess;
  let bucket: StorageJob;
  let behind: S3Client;
  let databaseUrl: string;
  let environment: Record<string, string>;
  let one: ServerProcess;
  let two: ServerProcess;
  let job: StorageJob;
  let viaOne: S3Client;
  let viaTwo: S3Client;

  const via = (server: ServerProcess, of: StorageJob): S3Client =>
    s3Client({ ...of, endpoint: `${server.ops}${STORAGE_PREFIX}` });

  beforeAll(async () => {
    backing = await ServerProcess.start();
    bucket = await startJob(backing);
    behind = s3Client(bucket);
    databaseUrl = await freshDatabase('postgres');
    environment = {
      SIMPLETUNER_DATABASE_URL: databaseUrl,
      SIMPLETUNER_REPLICAS: '2',
      SIMPLETUNER_SECRET_KEY: randomBytes(32).toString('hex'),
      ...bucketSettings(bucket),
    };
    one = await ServerProcess.start({ env: environment });
    two = await ServerProcess.start({ env: environment });
    job = await startJob(one);
    viaOne = via(one, job);
    viaTwo = via(two, job);
  });

  afterAll(async () => {
    for (const server of [one, two, backing]) await server.dispose();
  });

  const at = (Key: string): { Bucket: string; Key: string } => ({ Bucket: job.jobId, Key });
  const get = async (s3: S3Client, Key: string, Range?: string): Promise<Buffer> => {
    const { Body } = await s3.send(new GetObjectCommand({ ...at(Key), ...(Range && { Range }) }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  };
  const lying = async (folder: string): Promise<string[]> => {
    const wish = { Bucket: bucket.jobId, Prefix: `${PREFIX}${folder}` };
    const { Contents = [] } = await behind.send(new ListObjectsV2Command(wish));
    return Contents.map(({ Key = '' }) => Key);
  };
  const partsLying = (): Promise<string[]> => lying('parts/');

  async function sendPart(s3: S3Client, Key: string, UploadId: string, PartNumber: number, Body: Buffer) {
    const { ETag } = await s3.send(new UploadPartCommand({ ...at(Key), UploadId, PartNumber, Body }));
    return { PartNumber, ETag };
  }

  it('takes an object by one process and gives it out by the other', async () => {
    const body = randomBytes(3 * MIB);
    await viaOne.send(new PutObjectCommand({ ...at('run/model.bin'), Body: body, Metadata: { step: '10' } }));
    expect(md5(await get(viaTwo, 'run/model.bin'))).toBe(md5(body));
    expect(
      (await get(viaTwo, 'run/model.bin', 'bytes=1000000-2000000')).equals(body.subarray(1_000_000, 2_000_001)),
    ).toBe(true);
    await viaTwo.send(new PutObjectCommand({ ...at('run/model.bin'), Body: 'newer' }));
    expect((await get(viaOne, 'run/model.bin')).toString()).toBe('newer');
    // Of an object that was replaced nothing stays, and nothing is kept on the disks of the servers.
    expect(await lying(job.jobId)).toHaveLength(1);
    for (const { home } of [one, two]) {
      const folder = join(home, 'outputs');
      expect(existsSync(folder) ? readdirSync(folder).filter((name) => name !== '.uploads') : []).toEqual([]);
      expect(existsSync(folder) ? readdirSync(join(folder, '.uploads')) : []).toEqual([]);
    }
  });

  it('joins parts that came by both, when one was killed in the middle of a part', async () => {
    const [first, second, third] = [randomBytes(9 * MIB), randomBytes(6 * MIB), randomBytes(100)] as const;
    const key = 'run/checkpoint';
    const { UploadId = '' } = await viaOne.send(new CreateMultipartUploadCommand(at(key)));
    const parts = [await sendPart(viaOne, key, UploadId, 1, first)];
    parts.push(await sendPart(viaTwo, key, UploadId, 3, third));
    const query = `partNumber=2&uploadId=${UploadId}`;
    const raw = new RawS3(one, job).signed({
      path: `/${job.jobId}/run/checkpoint`,
      query,
      payloadHash: 'UNSIGNED-PAYLOAD',
      headers: { 'content-length': String(second.length) },
    });
    const { hostname, port } = new URL(one.ops);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    socket.write(wire(raw));
    socket.write(second.subarray(0, 5 * MIB));
    await vi.waitUntil(() => socket.writableLength === 0, { timeout: 10_000, interval: 10 });
    await one.kill();
    await expect(get(viaTwo, key)).rejects.toMatchObject({ name: 'NoSuchKey' });
    parts.splice(1, 0, await sendPart(viaTwo, key, UploadId, 2, second));
    const Parts = parts.sort((a, b) => a.PartNumber - b.PartNumber);
    await viaTwo.send(new CompleteMultipartUploadCommand({ ...at(key), UploadId, MultipartUpload: { Parts } }));
    const whole = Buffer.concat([first, second, third]);
    expect(md5(await get(viaTwo, key))).toBe(md5(whole));
    expect(await partsLying()).toEqual([]);
    await one.restart();
    expect(md5(await get(viaOne, key))).toBe(md5(whole));
    await viaOne.send(new DeleteObjectCommand(at(key)));
    await expect(get(viaTwo, key)).rejects.toMatchObject({ name: 'NoSuchKey' });
    expect(await lying(job.jobId)).toHaveLength(1);
  });

  it('takes more uploads at once than it holds parts in memory', async () => {
    const bodies = Array.from({ length: 48 }, () => randomBytes(MIB));
    const key = (index: number): string => `crowd/${index}`;
    const many = s3Client(
      { ...job, endpoint: `${two.ops}${STORAGE_PREFIX}` },
      { requestHandler: { httpAgent: { maxSockets: 48 } } },
    );
    await Promise.all(bodies.map((Body, index) => many.send(new PutObjectCommand({ ...at(key(index)), Body }))));
    for (const index of [0, 23, 47]) expect(md5(await get(viaOne, key(index)))).toBe(md5(bodies[index] as Buffer));
    await Promise.all(bodies.map((_, index) => many.send(new DeleteObjectCommand(at(key(index))))));
    expect(await lying(job.jobId)).toHaveLength(1);
    many.destroy();
  });

  it('completes an upload once when both are asked to at the same time', async () => {
    const key = 'run/asked-twice';
    const { UploadId = '' } = await viaOne.send(new CreateMultipartUploadCommand(at(key)));
    const bodies = [randomBytes(6 * MIB), randomBytes(6 * MIB), randomBytes(1)];
    const Parts = [];
    for (const [index, body] of bodies.entries()) Parts.push(await sendPart(viaTwo, key, UploadId, index + 1, body));
    const wish = { ...at(key), UploadId, MultipartUpload: { Parts } };
    const answers = await Promise.all(
      [viaOne, viaTwo, viaOne, viaTwo].map((s3) => s3.send(new CompleteMultipartUploadCommand(wish))),
    );
    expect(new Set(answers.map(({ ETag }) => ETag)).size).toBe(1);
    expect(md5(await get(viaOne, key))).toBe(md5(Buffer.concat(bodies)));
    await viaOne.send(new DeleteObjectCommand(at(key)));
    expect(await lying(job.jobId)).toHaveLength(1);
    expect(await partsLying()).toEqual([]);
  });

  it('removes the parts of an upload that is given up', async () => {
    const { UploadId = '' } = await viaOne.send(new CreateMultipartUploadCommand(at('given-up')));
    await sendPart(viaTwo, 'given-up', UploadId, 1, randomBytes(MIB));
    expect(await partsLying()).toHaveLength(1);
    await viaOne.send(new AbortMultipartUploadCommand({ ...at('given-up'), UploadId }));
    expect(await partsLying()).toEqual([]);
  });

  it('tells clients to try again while the bucket is away, and operators why', async () => {
    const health = async (): Promise<{ status: string; message: string } | undefined> => {
      const answer = await one.json<{ components: { name: string; status: string; message: string }[] }>(
        '/api/cloud/health',
      );
      return answer.components.find(({ name }) => name === 'storage');
    };
    expect(await health()).toMatchObject({ status: 'healthy', message: `The bucket ${bucket.jobId} answers` });
    await backing.kill();
    const unavailable = { name: 'ServiceUnavailable', $metadata: { httpStatusCode: 503 } };
    for (const body of ['small', randomBytes(20 * MIB)])
      await expect(viaOne.send(new PutObjectCommand({ ...at('away'), Body: body }))).rejects.toMatchObject(unavailable);
    await expect(get(viaTwo, 'run/model.bin')).rejects.toMatchObject(unavailable);
    await vi.waitFor(async () => expect((await health())?.status).toBe('unhealthy'), {
      timeout: 10_000,
      interval: 100,
    });
    expect((await one.get('/api/cloud/health/ready')).status).toBe(200);
    await backing.restart();
    await viaOne.send(new PutObjectCommand({ ...at('away'), Body: 'back' }));
    expect((await get(viaTwo, 'away')).toString()).toBe('back');
    await vi.waitFor(async () => expect((await health())?.status).toBe('healthy'), { timeout: 10_000, interval: 100 });
    // Not one of them was a fault of the server itself.
    expect(one.log + two.log).not.toMatch(/"level":"(ERROR|CRITICAL)"/);
  });

  it('finds in the bucket what the database has forgotten', async () => {
    const storage = (command: string): Promise<{ code: number; text: string }> =>
      new Promise((resolve) => {
        const env = { PATH: process.env['PATH'], ...environment, HOME: two.home, SIMPLETUNER_HOME: two.home };
        execFile(process.execPath, ['bin/simpletuner-cloud.js', 'storage', command], { env }, (error, out, err) =>
          resolve({ code: error ? Number(error.code) : 0, text: `${out}${err}` }),
        );
      });
    const database = new Client({ connectionString: databaseUrl });
    await database.connect();
    await database.query('DELETE FROM storage_objects WHERE job_id = $1 AND bytes = 5', [job.jobId]);
    await database.end();
    await expect(get(viaOne, 'run/model.bin')).rejects.toMatchObject({ name: 'NoSuchKey' });
    expect((await storage('verify')).text).toContain(`unknown: "${job.jobId}/run/model.bin"`);
    expect((await storage('reindex')).text).toContain(`adopted: "${job.jobId}/run/model.bin"`);
    expect((await get(viaOne, 'run/model.bin')).toString()).toBe('newer');
  });

  it('empties the bucket of a job that is deleted', async () => {
    const doomed = await startJob(one);
    await via(two, doomed).send(new PutObjectCommand({ Bucket: doomed.jobId, Key: 'x', Body: 'x' }));
    expect(await lying(doomed.jobId)).toHaveLength(1);
    await one.send('POST', `/api/cloud/jobs/${doomed.jobId}/cancel`, {});
    await vi.waitFor(
      async () => expect((await one.send('DELETE', `/api/cloud/jobs/${doomed.jobId}`)).status).toBe(200),
      { timeout: 20_000, interval: 50 },
    );
    await vi.waitFor(async () => expect(await lying(doomed.jobId)).toEqual([]), { timeout: 20_000, interval: 50 });
    expect(await lying(job.jobId)).toHaveLength(2);
  });
});
