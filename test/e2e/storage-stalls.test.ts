import { CreateMultipartUploadCommand, PutObjectCommand, UploadPartCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ServerProcess } from '../support/server.js';
import { s3Client, startJob, type StorageJob } from '../support/storage-job.js';

interface Progress {
  stage: string;
  stalled_since: string | null;
  files_received: number;
  rate_bytes_per_second: number;
}

describe('uploads that stall', () => {
  let server: ServerProcess;
  let job: StorageJob;
  let s3: S3Client;

  beforeAll(async () => {
    server = await ServerProcess.start({ env: { SIMPLETUNER_UPLOAD_STALL_SECONDS: '4' } });
    job = await startJob(server);
    s3 = s3Client(job);
  });

  afterAll(() => server.dispose());

  const progress = async (): Promise<Progress> =>
    (await server.json<{ job: { upload_progress: Progress } }>(`/api/cloud/jobs/${job.jobId}`)).job.upload_progress;
  const stallsTold = async (): Promise<string[]> => {
    const path = `/api/cloud/jobs/${job.jobId}/timeline`;
    const { timeline } = await server.json<{ timeline: { note: string | null }[] }>(path);
    return timeline.map(({ note }) => note ?? '').filter((note) => note.includes('stalled'));
  };

  it('are told once, to people by an event and in the timeline, and end with the next byte', async () => {
    const reader = new AbortController();
    let seen = '';
    const stream = await server.get('/api/events/stream', { signal: reader.signal });
    void (async () => {
      for await (const chunk of stream.body!) seen += Buffer.from(chunk as Uint8Array).toString();
    })().catch(() => undefined);
    const at = { Bucket: job.jobId, Key: 'run/model.bin' };
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(at));
    await s3.send(new UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body: 'part' }));
    await vi.waitFor(async () => expect((await progress()).stage).toBe('stalled'), { timeout: 20_000, interval: 100 });
    const stalled = await progress();
    expect(Date.parse(stalled.stalled_since ?? '')).toBeLessThanOrEqual(Date.now());
    expect(await stallsTold()).toEqual([
      expect.stringMatching(/^Uploads have stalled: .*run\/model\.bin is not complete$/),
    ]);
    await vi.waitUntil(() => /event: notification\n(.*\n)?data: \{.*upload_stalled/.test(seen), {
      timeout: 10_000,
      interval: 50,
    });
    expect(seen).toMatch(/event: upload_progress\n(.*\n)?data: \{.*"stage":"stalled"/);
    reader.abort();
    await s3.send(new UploadPartCommand({ ...at, UploadId, PartNumber: 2, Body: 'another part' }));
    await vi.waitFor(async () => expect((await progress()).stalled_since).toBeNull(), {
      timeout: 10_000,
      interval: 50,
    });
    expect((await stallsTold()).length).toBeLessThanOrEqual(2);
  });

  it('are not suspected of a job that has sent all it had begun', async () => {
    const quiet = await startJob(server);
    await s3Client(quiet).send(new PutObjectCommand({ Bucket: quiet.jobId, Key: 'whole', Body: 'whole' }));
    // Begun later: when this one is told, the quiet job has been silent for longer.
    const at = { Bucket: job.jobId, Key: 'a-later-one' };
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(at));
    await s3.send(new UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body: 'part' }));
    const isTold = async (): Promise<boolean> => (await stallsTold()).some((note) => note.includes(at.Key));
    await vi.waitUntil(isTold, { timeout: 20_000, interval: 100 });
    const { job: shown } = await server.json<{ job: { upload_progress: Progress } }>(`/api/cloud/jobs/${quiet.jobId}`);
    expect(shown.upload_progress).toMatchObject({ stage: 'waiting', stalled_since: null, files_received: 1 });
  });
});
