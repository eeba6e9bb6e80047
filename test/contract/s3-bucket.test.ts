import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UnusableStoreError } from '../../src/storage/byte-store.js';
import { bucketTimeouts, S3Bucket } from '../../src/storage/drivers/s3-bucket.js';
import { startS3rver } from '../support/s3rver.js';
import { ServerProcess } from '../support/server.js';
import { startJob, type StorageJob } from '../support/storage-job.js';

const hasty = { ...bucketTimeouts, answerMs: 300, downloadAnswerMs: 300, smallCallMs: 1_000, probeMs: 300 };

/** What is said of a bucket that does not do as asked. The bucket is one of this very server. */
describe('S3Bucket', () => {
  let server: ServerProcess;
  let job: StorageJob;

  beforeAll(async () => {
    server = await ServerProcess.start();
    job = await startJob(server);
  });
  afterAll(async () => {
    server.thaw();
    await server.dispose();
  });

  function bucketOf(of: StorageJob, timeouts = bucketTimeouts): S3Bucket {
    const { jobId: bucket, endpoint, accessKeyId, secretAccessKey } = of;
    const expiration = new Date(Date.now() + 3_600_000);
    const access = {
      endpoint,
      region: 'us-east-1',
      credentials: () => Promise.resolve({ accessKeyId, secretAccessKey, expiration }),
      authorities: () => Promise.resolve(undefined),
    };
    return new S3Bucket({ bucket, prefix: '' }, access, timeouts);
  }

  it('says in words why it cannot be used', async () => {
    const why = (of: StorageJob): Promise<unknown> =>
      bucketOf(of)
        .probe()
        .catch((error: unknown) => (error instanceof UnusableStoreError ? error.message : error));
    const { jobId } = job;
    expect(await why(job)).toBeUndefined();
    expect(await why({ ...job, secretAccessKey: 'x' })).toBe(`The bucket ${jobId} refuses these credentials (403)`);
    const { endpoint, stop } = await startS3rver();
    const absent = { jobId: 'absent', endpoint, accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };
    expect(await why(absent)).toBe('The bucket absent does not exist (404)');
    await stop();
    expect(await why(absent)).toBe('The bucket absent cannot be reached (ECONNREFUSED)');
  });

  it('does not keep anybody waiting who asks one that does not answer, whatever he asks', async () => {
    const bucket = bucketOf(job, hasty);
    await bucket.put('blob', Buffer.from('bytes'), {});
    server.freeze();
    const asked: Record<string, () => Promise<unknown>> = {
      put: () => bucket.put('blob', Buffer.from('bytes'), {}),
      get: () => bucket.get('blob'),
      head: () => bucket.head('blob'),
      remove: () => bucket.remove('blob'),
      begin: () => bucket.begin('blob', {}),
      putPart: () => bucket.putPart('blob', 'upload', 1, Buffer.from('bytes')),
      copyPart: () => bucket.copyPart('blob', 'upload', 1, 'blob'),
      complete: () => bucket.complete('blob', 'upload', ['etag']),
      abort: () => bucket.abort('blob', 'upload'),
      list: () => bucket.list('').next(),
      openUploads: () => bucket.openUploads().next(),
    };
    const unavailable = { code: 'ServiceUnavailable' };
    await Promise.all(
      Object.entries(asked).map(([name, ask]) => expect(ask(), name).rejects.toMatchObject(unavailable)),
    );
    await expect(bucket.probe()).rejects.toThrow(`The bucket ${job.jobId} does not answer`);
    server.thaw();
    const patient = bucketOf(job);
    await patient.put('after', Buffer.from('bytes'), {});
    expect((await patient.head('after'))?.bytes).toBe(5);
  });
});
