import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CreateMultipartUploadCommand, PutObjectCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ServerProcess } from '../support/server.js';
import { s3Client, startJob, type StorageJob } from '../support/storage-job.js';

const OBJECTS = 230;

describe('what a deleted job had stored', () => {
  let server: ServerProcess;
  let kept: StorageJob;

  beforeAll(async () => {
    server = await ServerProcess.start();
    kept = await startJob(server);
    await s3Client(kept).send(new PutObjectCommand({ Bucket: kept.jobId, Key: 'kept', Body: 'kept' }));
  });

  afterAll(() => server.dispose());

  const folderOf = (jobId: string): string => join(server.home, 'outputs', jobId);
  const remove = (jobId: string): Promise<Response> => server.send('DELETE', `/api/cloud/jobs/${jobId}`);

  async function filledJob(): Promise<StorageJob> {
    const job = await startJob(server);
    const s3 = s3Client(job);
    const Bucket = job.jobId;
    const keys = Array.from({ length: OBJECTS }, (_, index) => `run/${index % 7}/${index}`);
    while (keys.length > 0) {
      await Promise.all(keys.splice(0, 50).map((Key) => s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }))));
    }
    await s3.send(new PutObjectCommand({ Bucket, Key: 'empty//segment', Body: 'escaped' }));
    const at = { Bucket, Key: 'begun' };
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(at));
    await s3.send(new UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body: 'part' }));
    await server.send('POST', `/api/cloud/jobs/${Bucket}/cancel`, {});
    return job;
  }

  /** A cancelled job can be deleted once its run has ended too. */
  async function removeEnded(jobId: string): Promise<void> {
    await vi.waitFor(async () => expect((await remove(jobId)).status).toBe(200), { timeout: 20_000, interval: 50 });
  }

  /** Rows that still name the job, in all tables of the storage. */
  function rowsOf(jobId: string): number {
    const database = new Database(join(server.home, 'config', 'cloud', 'jobs.db'), { readonly: true });
    try {
      const count = (table: string): number =>
        database
          .prepare<[string], { rows: number }>(`SELECT COUNT(*) AS rows FROM ${table} WHERE job_id = ?`)
          .get(jobId)?.rows ?? 0;
      return count('storage_objects') + count('storage_buckets');
    } finally {
      database.close();
    }
  }

  async function vanishes({ jobId }: StorageJob): Promise<void> {
    await vi.waitUntil(() => rowsOf(jobId) === 0, { timeout: 30_000, interval: 50 });
    expect(existsSync(folderOf(jobId))).toBe(false);
    expect(existsSync(join(server.home, 'outputs', '.escaped', jobId))).toBe(false);
    expect(readdirSync(join(server.home, 'outputs', '.uploads'))).toEqual([]);
    expect(readdirSync(folderOf(kept.jobId))).toEqual(['kept']);
  }

  it('goes with it: files, parts and rows', async () => {
    const job = await filledJob();
    await removeEnded(job.jobId);
    expect((await server.get(`/api/cloud/jobs/${job.jobId}/files`)).status).toBe(404);
    expect((await server.get(`/api/cloud/storage/${job.jobId}/run/0/0`)).status).toBe(404);
    await vanishes(job);
  });

  it('goes also when the server is killed in the middle of it', async () => {
    const job = await filledJob();
    await removeEnded(job.jobId);
    await vi.waitUntil(() => rowsOf(job.jobId) < OBJECTS + 1, { timeout: 10_000, interval: 1 });
    await server.kill();
    await server.restart();
    await vanishes(job);
  });

  it('stays when the job may not be deleted', async () => {
    expect((await remove(kept.jobId)).status).toBe(409);
    expect(readdirSync(folderOf(kept.jobId))).toEqual(['kept']);
  });
});
