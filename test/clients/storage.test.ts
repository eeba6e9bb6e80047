import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  UploadPartCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServerProcess } from '../support/server.js';
import { freePort } from '../support/servers/free-port.js';
import { bucketSettings, s3Client, startJob, type StorageJob } from '../support/storage-job.js';
import { clients, type Place, type StorageClient } from './support/storage-clients.js';
import { TlsProxy } from './support/tls-proxy.js';

const MIB = 1024 * 1024;
const sizes = { '0 B': 0, '1 B': 1, '9 MiB': 9 * MIB, '200 MiB': 200 * MIB };
/** How clients put it that there is no such object. */
const ABSENT = /n(o|')t exist|NoSuchKey|404|not found/i;
const oddKeys = ['a b+c/é~(1)%41.txt', 'deep/er/than/most', '日本/🚀.png', 'dots/a..b', "it's & <that>"];

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

const ways = ['plain HTTP', 'nginx with TLS and a path', 'plain HTTP into a bucket'] as const;
/** What a client is shows over the first two. Into a bucket the largest file is brought by the trainer's own. */
const LARGE_CLIENT = 'boto3';
const BUCKET_KEYS = 1;

describe.each(ways)('over %s', (way) => {
  const isBucket = way === 'plain HTTP into a bucket';
  /** Of which the bucket is one. */
  let backing: ServerProcess | undefined;
  let server: ServerProcess;
  let proxy: TlsProxy | undefined;
  let job: StorageJob;
  /** Past the proxy, to see what is there. */
  let s3: S3Client;
  let place: Place;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'clients-'));
    for (const [name, bytes] of Object.entries(sizes)) writeFileSync(join(folder, name), randomBytes(bytes));
    const [proxyPort, publicPort] = [await freePort(), await freePort()];
    const publicUrl = `https://localhost:${proxyPort}/home/base`;
    if (isBucket) backing = await ServerProcess.start();
    const bucket = backing && bucketSettings(await startJob(backing));
    server = await ServerProcess.start({
      env: { SIMPLETUNER_PUBLIC_PORT: String(publicPort), SIMPLETUNER_PUBLIC_URL: publicUrl, ...bucket },
    });
    job = await startJob(server);
    s3 = s3Client({ ...job, endpoint: `${server.ops}/api/cloud/storage` });
    if (way === 'nginx with TLS and a path') {
      proxy = await TlsProxy.start(proxyPort, '/home/base', server.public);
      place = { endpoint: `${publicUrl}/api/cloud/storage`, caFile: proxy.caFile };
    } else {
      place = { endpoint: `${server.ops}/api/cloud/storage` };
    }
  });

  /** An upload with one part, as a client leaves it that was cut off. */
  async function beginUpload(Key: string): Promise<{ Bucket: string; Key: string; UploadId: string }> {
    const at = { Bucket: job.jobId, Key };
    const { UploadId = '' } = await s3.send(new CreateMultipartUploadCommand(at));
    await s3.send(new UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body: Buffer.alloc(5 * MIB) }));
    return { ...at, UploadId };
  }

  afterAll(async () => {
    await proxy?.stop();
    await server.dispose();
    await backing?.dispose();
    rmSync(folder, { recursive: true });
  });

  describe.each(Object.entries(clients))('%s', (name, make) => {
    const prefix = name.replace(/\W/g, '');
    const sizesWanted = Object.keys(sizes).filter((size) => !isBucket || size !== '200 MiB' || name === LARGE_CLIENT);
    const keysWanted = isBucket ? oddKeys.slice(0, BUCKET_KEYS) : oddKeys;
    let client: StorageClient;

    beforeAll(() => {
      client = make(job, place);
    });

    // All at once: programs spend most of their time starting, which leaves a core idle.
    it.concurrent.each(sizesWanted)('brings %s there and back', { timeout: 300_000 }, async (size) => {
      const [file, back] = [join(folder, size), join(folder, `${prefix}-back-${size}`)];
      await client.put(file, `${prefix}/sizes/${size}`);
      await client.get(`${prefix}/sizes/${size}`, back);
      expect(await sha256(back)).toBe(await sha256(file));
    });

    it('uses keys as people name files, lists and deletes them', { timeout: 300_000 }, async () => {
      const file = join(folder, '1 B');
      const keys = keysWanted.map((key) => `${prefix}/odd/${key}`);
      const thereAndBack = async (key: string, index: number): Promise<void> => {
        const back = join(folder, `odd-${index}`);
        await client.put(file, key);
        await client.get(key, back);
        expect(readFileSync(back).equals(readFileSync(file))).toBe(true);
        rmSync(back);
      };
      await Promise.all(keys.map(thereAndBack));
      const inOrder = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      expect([...(await client.list(`${prefix}/odd/`))].sort()).toEqual([...inOrder].sort());
      await Promise.all(keys.map((key) => client.remove(key)));
      expect(await client.list(`${prefix}/odd/`)).toEqual([]);
    });

    it('goes on with a download that was cut off', { timeout: 300_000 }, async () => {
      const [whole, part] = [readFileSync(join(folder, '9 MiB')), join(folder, `${prefix}-part`)];
      writeFileSync(part, whole.subarray(0, 5 * MIB + 1));
      await client.resume(`${prefix}/sizes/9 MiB`, part);
      expect(readFileSync(part).equals(whole)).toBe(true);
    });

    it('gives up an upload, of which nothing is left', { timeout: 300_000 }, async () => {
      const upload = await beginUpload(`${prefix}/given up`);
      await client.abort(upload.Key, upload.UploadId);
      await expect(s3.send(new ListPartsCommand(upload))).rejects.toMatchObject({ name: 'NoSuchUpload' });
      const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket: job.jobId }));
      expect(Uploads).toEqual([]);
      const { Bucket, Key } = upload;
      await expect(s3.send(new HeadObjectCommand({ Bucket, Key }))).rejects.toMatchObject({ name: 'NotFound' });
    });

    it('reads a part of an object, and is told plainly that one does not exist', { timeout: 300_000 }, async () => {
      const part = join(folder, 'part');
      const whole = readFileSync(join(folder, '9 MiB'));
      if (client.range) {
        await client.range(`${prefix}/sizes/9 MiB`, 1_000_000, 2_000_000, part);
        expect(readFileSync(part).equals(whole.subarray(1_000_000, 2_000_001))).toBe(true);
      }
      await expect(client.get(`${prefix}/missing`, part)).rejects.toThrow(ABSENT);
    });
  });
});
