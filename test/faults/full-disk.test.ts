import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { signWebhook } from '#libs/webhook-signature';
import { GatedJobs } from '../support/gated-jobs.js';
import { ServerProcess } from '../support/server.js';
import { SmallDisk } from '../support/small-disk.js';
import { s3Client } from '../support/storage-job.js';

let disk: SmallDisk;
let server: ServerProcess;
let jobs: GatedJobs;

beforeAll(async () => {
  disk = SmallDisk.mount(48);
  mkdirSync(join(disk.path, 'home'));
  server = await ServerProcess.start({
    home: join(disk.path, 'home'),
    env: { SIMPLETUNER_DISK_FLOOR_BYTES: '0', SIMPLETUNER_JOB_POLL_INTERVAL: '0.5' },
  });
  jobs = await GatedJobs.on(server);
});

afterAll(async () => {
  await server.dispose();
  disk.unmount();
});

describe('a server whose whole disk is full', () => {
  it('says so to everyone who wants to write, loses nothing, lives, and goes on when there is room again', async () => {
    const jobId = await jobs.submit({ gate: 'end' });
    const environment = await jobs.environment(jobId);
    await jobs.when(jobId, 'running');
    const s3 = s3Client({
      jobId,
      accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
      endpoint: environment['AWS_ENDPOINT_URL_S3'] ?? '',
    });
    const put = (Key: string, Body: Buffer) => s3.send(new PutObjectCommand({ Bucket: jobId, Key, Body }));
    const kept = randomBytes(1024 * 1024);
    await put('kept', kept);
    const webhook = (id: string): Promise<Response> => {
      const body = JSON.stringify({ type: 'notification', title: id });
      const secrets = [environment['SIMPLETUNER_WEBHOOK_SECRET'] ?? ''] as const;
      return fetch(environment['SIMPLETUNER_WEBHOOK_URL'] ?? '', {
        method: 'POST',
        headers: { ...signWebhook({ id, timeMs: Date.now(), body, secrets }) },
        body,
      });
    };
    const before = randomUUID();
    expect((await webhook(before)).status).toBe(200);

    disk.fill();
    await expect(put('refused', randomBytes(1024 * 1024))).rejects.toMatchObject({
      name: 'SlowDown',
      $metadata: { httpStatusCode: 503 },
    });
    // The write-ahead log may have room for some more rows; then there is none.
    const taken: string[] = [];
    const refusal = await vi.waitFor(
      async () => {
        const id = randomUUID();
        const answer = await webhook(id);
        if (answer.status === 200) taken.push(id);
        expect(answer.status).not.toBe(200);
        return answer;
      },
      { timeout: 60_000, interval: 5 },
    );
    expect(refusal.status).toBe(503);
    expect(Number(refusal.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refusal.json()).toMatchObject({
      error: 'not_ready',
      detail: expect.stringMatching(/no room/) as string,
    });
    const submit = await server.send('POST', '/api/cloud/jobs/submit?provider=process', jobs.submission({}));
    expect([submit.status, ((await submit.json()) as { error: string }).error]).toEqual([503, 'not_ready']);
    expect((await server.get('/api/cloud/health/live')).status).toBe(200);
    expect((await server.get(`/api/cloud/jobs/${jobId}`)).status).toBe(200);

    disk.free();
    // The look at the disk is at most a quarter of a second old; SlowDown means: try again.
    await vi.waitFor(() => put('after', kept), { timeout: 10_000, interval: 100 });
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: jobId }));
    expect(Contents.map(({ Key }) => Key)).toEqual(['after', 'kept']);
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: jobId, Key: 'kept' }));
    const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');
    expect(md5((await Body?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(md5(kept));
    const after = randomUUID();
    expect((await webhook(after)).status).toBe(200);
    const told = async (): Promise<string[]> => (await jobs.timeline(jobId)).flatMap(({ note }) => note ?? []);
    await vi.waitFor(async () => expect(await told()).toEqual(expect.arrayContaining([before, ...taken, after])), {
      timeout: 30_000,
      interval: 200,
    });
    jobs.open('end');
    await jobs.when(jobId, 'completed');
    expect(await server.json('/api/cloud/health/ready')).toEqual({ status: 'ready' });
    expect(await server.json('/api/audit/verify')).toMatchObject({ valid: true });
  });
});
