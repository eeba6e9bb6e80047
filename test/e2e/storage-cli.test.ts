import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServerProcess } from '../support/server.js';
import { s3Client, startJob, type StorageJob } from '../support/storage-job.js';

const UNKNOWN_JOB = '01a20a4f-0000-7000-8000-000000000000';

describe('simpletuner-cloud storage, beside a server that runs', () => {
  let server: ServerProcess;
  let job: StorageJob;
  let s3: S3Client;

  beforeAll(async () => {
    server = await ServerProcess.start();
    job = await startJob(server);
    s3 = s3Client(job);
    for (const Key of ['kept', 'run/edited', 'run/gone', 'run/restored', 'empty//segment']) {
      await s3.send(new PutObjectCommand({ Bucket: job.jobId, Key, Body: `content of ${Key}` }));
    }
  });

  afterAll(() => server.dispose());

  const fileOf = (key: string): string => join(server.home, 'outputs', job.jobId, key);
  const get = async (Key: string): Promise<string | undefined> =>
    (await s3.send(new GetObjectCommand({ Bucket: job.jobId, Key }))).Body?.transformToString();

  function storage(...args: string[]): Promise<{ code: number; lines: string[] }> {
    const env = { PATH: process.env['PATH'], HOME: server.home, SIMPLETUNER_HOME: server.home };
    return new Promise((resolve) => {
      execFile(process.execPath, ['bin/simpletuner-cloud.js', 'storage', ...args], { env }, (error, out, err) => {
        const lines = `${out}${err}`.trim().split('\n');
        resolve({ code: error ? Number(error.code) : 0, lines });
      });
    });
  }

  it('finds nothing to complain of where everything is in order', async () => {
    expect(await storage('verify')).toEqual({
      code: 0,
      lines: [expect.stringMatching(/^5 files verified \(\d+ bytes read\)\.$/)],
    });
    expect(await storage('reindex')).toEqual({
      code: 0,
      lines: [expect.stringMatching(/^5 files looked at \(0 bytes read\)\.$/)],
    });
  });

  it('names what is missing, different or unknown, and takes in what was put there by hand', async () => {
    writeFileSync(fileOf('run/edited'), 'kontent of run/edited');
    rmSync(fileOf('run/gone'));
    copyFileSync(fileOf('run/restored'), `${server.home}/copy`);
    rmSync(fileOf('run/restored'));
    renameSync(`${server.home}/copy`, fileOf('run/restored'));
    writeFileSync(fileOf('run/by hand.txt'), 'by hand');
    mkdirSync(join(server.home, 'outputs', UNKNOWN_JOB));
    writeFileSync(join(server.home, 'outputs', UNKNOWN_JOB, 'left'), 'left');
    writeFileSync(join(server.home, 'outputs', 'note.txt'), 'not in the folder of a job');
    const name = (key: string): string => JSON.stringify(`${job.jobId}/${key}`);
    const told = (kind: string, key: string): string => expect.stringContaining(`${kind}: ${key}: `) as string;

    const verified = await storage('verify');
    expect(verified.code).toBe(1);
    expect([...verified.lines].sort()).toEqual([
      expect.stringMatching(/^5 files verified/) as string,
      told('different', name('run/edited')),
      told('missing', name('run/gone')),
      told('unknown', JSON.stringify(`${UNKNOWN_JOB}/left`)),
      told('unknown', name('run/by hand.txt')),
    ]);
    expect((await storage('verify', '--job', job.jobId)).lines).toHaveLength(3);

    const reindexed = await storage('reindex');
    expect(reindexed.code).toBe(1);
    expect([...reindexed.lines].sort()).toEqual([
      expect.stringMatching(/^6 files looked at/) as string,
      told('adopted', name('run/by hand.txt')),
      told('different', name('run/edited')),
      told('missing', name('run/gone')),
      told('ownerless', JSON.stringify(`${UNKNOWN_JOB}/left`)),
      told('relocated', name('run/restored')),
    ]);
    expect(await get('run/by hand.txt')).toBe('by hand');
    expect(await get('run/restored')).toBe('content of run/restored');
    expect(await get('kept')).toBe('content of kept');
    await expect(get('run/edited')).rejects.toMatchObject({ $metadata: { httpStatusCode: 500 } });
  });

  it('forgets what is gone for good when it is told to, and works without a server too', async () => {
    await server.terminate();
    rmSync(join(server.home, 'outputs', UNKNOWN_JOB), { recursive: true });
    writeFileSync(fileOf('run/edited'), 'content of run/edited');
    const { code, lines } = await storage('reindex', '--forget-missing');
    expect(lines.filter((line) => line.startsWith('forgotten:'))).toHaveLength(1);
    expect(code).toBe(0);
    expect((await storage('verify')).code).toBe(0);
    await server.restart();
    await expect(get('run/gone')).rejects.toMatchObject({ name: 'NoSuchKey' });
    expect(await get('run/edited')).toBe('content of run/edited');
  });
});
