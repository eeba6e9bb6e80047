import { existsSync, mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { run } from '../clients/support/run.js';
import { FreezableDisk } from '../support/freezable-disk.js';
import { LiveWatch } from '../support/live-watch.js';
import { ServerProcess } from '../support/server.js';
import { s3Client, startJob, type StorageJob } from '../support/storage-job.js';

const waiting = { timeout: 60_000, interval: 50 };

describe('a server whose disk of the artifacts goes wrong', () => {
  let disk: FreezableDisk;
  let server: ServerProcess;
  let job: StorageJob;
  let s3: S3Client;

  beforeAll(async () => {
    const home = mkdtempSync(join(tmpdir(), 'simpletuner-test-'));
    mkdirSync(join(home, 'outputs'));
    disk = FreezableDisk.mount(join(home, 'outputs'));
    server = await ServerProcess.start({ home, env: { SIMPLETUNER_DISK_FLOOR_BYTES: '0' } });
    job = await startJob(server);
    s3 = s3Client(job);
    await put('before');
    await put('doomed');
  });

  afterAll(async () => {
    // Whoever waits for a frozen disk cannot be killed.
    disk.thaw();
    await server.kill();
    disk.unmount();
    await server.dispose();
  });

  const at = (Key: string): { Bucket: string; Key: string } => ({ Bucket: job.jobId, Key });
  const put = (key: string): Promise<unknown> => s3.send(new PutObjectCommand({ ...at(key), Body: key }));
  const text = async (key: string): Promise<string | undefined> =>
    (await s3.send(new GetObjectCommand(at(key)))).Body?.transformToString();
  const storage = async (): Promise<string> => {
    interface Report {
      readonly components: { readonly name: string; readonly status: string; readonly message: string }[];
    }
    const { components } = await server.json<Report>('/api/cloud/health');
    const { status, message } = components.find(({ name }) => name === 'storage')!;
    return `${status}: ${message}`;
  };

  /** What is said while it is away, that the server lives and is ready all the same, and that it goes on by itself. */
  const lose = async (
    lost: () => void,
    words: RegExp,
    meanwhile: () => Promise<void>,
    found: () => void,
  ): Promise<void> => {
    expect(await storage()).toMatch(/^healthy: .* GiB free$/);
    const watch = new LiveWatch(server);
    lost();
    try {
      await vi.waitUntil(async () => words.test(await storage()), waiting);
      expect((await server.get('/api/cloud/health/ready')).status).toBe(200);
      await meanwhile();
    } finally {
      found();
    }
    await vi.waitUntil(async () => (await storage()).startsWith('healthy'), waiting);
    expect(await watch.end()).toEqual([200]);
  };

  it('such as one that is frozen: uploads wait, and nothing else does', async () => {
    let upload: Promise<unknown> = Promise.resolve();
    await lose(
      () => disk.freeze(),
      /^unhealthy: The place of the artifacts has not answered for \d+ s$/,
      async () => {
        upload = put('frozen');
        expect(await text('before')).toBe('before');
        expect(await storage()).toMatch(/^unhealthy/);
      },
      () => disk.thaw(),
    );
    await upload;
    expect(await text('frozen')).toBe('frozen');
  });

  it('such as one that is not mounted any more: nothing is written in its place', async () => {
    await lose(
      () => disk.detach(),
      /^unhealthy: The folder of the artifacts is not there: mount it, .*\(ENOENT\)$/,
      async () => {
        await expect(put('lost')).rejects.toMatchObject({ $metadata: { httpStatusCode: 503 } });
        await s3.send(new DeleteObjectCommand(at('doomed')));
      },
      () => disk.attach(),
    );
    // What was deleted meanwhile goes now.
    const folder = join(server.home, 'outputs', job.jobId);
    await vi.waitUntil(() => !readdirSync(folder).includes('doomed'), waiting);
    expect(await text('before')).toBe('before');
    await put('after');
    expect(await text('after')).toBe('after');
  });

  it('such as one that comes back after a deletion: no reindexing makes an object of what is left', async () => {
    await put('deleted');
    const file = join(server.home, 'outputs', job.jobId, 'deleted');
    disk.detach();
    await s3.send(new DeleteObjectCommand(at('deleted')));
    await server.kill();
    disk.attach();
    expect(existsSync(file)).toBe(true);
    const env = { HOME: server.home, SIMPLETUNER_HOME: server.home };
    const output = await run(process.execPath, ['bin/simpletuner-cloud.js', 'storage', 'reindex'], env);
    expect(output).toMatch(/^\d+ files looked at \(0 bytes read\)\.$/m);
    await server.restart();
    await vi.waitUntil(() => !existsSync(file), waiting);
    await expect(text('deleted')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });
});
