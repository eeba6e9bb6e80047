import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteObjectsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { SystemClock } from '#libs/clock';
import { HashPool } from '#libs/s3';
import { DiskGuard } from '../../src/storage/disk-guard.js';
import { LocalByteStore } from '../../src/storage/drivers/local-byte-store.js';
import { S3Bucket } from '../../src/storage/drivers/s3-bucket.js';
import { S3ByteStore } from '../../src/storage/drivers/s3-byte-store.js';
import { startS3rver } from '../support/s3rver.js';
import { ServerProcess } from '../support/server.js';
import { startJob } from '../support/storage-job.js';
import { byteStoreContract, type ByteStoreUnderTest } from './byte-store-contract.js';

const clock = new SystemClock();

byteStoreContract('a folder', () => {
  const folders: string[] = [];
  const pool = new HashPool();
  return Promise.resolve({
    fresh: () => {
      const root = mkdtempSync(join(tmpdir(), 'byte-store-'));
      folders.push(root);
      return Promise.resolve(new LocalByteStore(root, new DiskGuard(root, 0, clock), pool, clock));
    },
    stop: () => {
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
      return pool.close();
    },
  });
});

interface Service {
  readonly endpoint: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** A store under a prefix of its own in a bucket of the service. */
function storesOf(service: Service, stop: () => Promise<unknown>): ByteStoreUnderTest {
  const { endpoint, bucket, accessKeyId, secretAccessKey } = service;
  const credentials = { accessKeyId, secretAccessKey };
  const region = 'us-east-1';
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  const prefix = 'artifacts/';
  return {
    fresh: async () => {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
      const Objects = Contents.map(({ Key }) => ({ Key }));
      if (Objects.length > 0) await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }));
      const access = {
        endpoint,
        region,
        credentials: () => Promise.resolve({ ...credentials, expiration: new Date(clock.now() + 3_600_000) }),
        authorities: () => Promise.resolve(undefined),
      };
      return new S3ByteStore(new S3Bucket({ bucket, prefix }, access), clock);
    },
    stop: async () => {
      client.destroy();
      await stop();
    },
  };
}

byteStoreContract('a bucket of this very server', async () => {
  const server = await ServerProcess.start();
  const { jobId: bucket, ...job } = await startJob(server);
  return storesOf({ bucket, ...job }, () => server.dispose());
});

byteStoreContract('a bucket of s3rver', async () => {
  const { endpoint, bucket, accessKeyId, secretAccessKey, stop } = await startS3rver();
  return storesOf({ endpoint, bucket, accessKeyId, secretAccessKey }, stop);
});
