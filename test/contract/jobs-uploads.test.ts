import { beforeEach, describe, expect, it } from 'vitest';
import { newId, uploadToken } from '#libs/ids';
import { SqlJobUploadRepository } from '../../src/jobs/drivers/sql-job-upload.repository.js';
import { schema } from '../../src/schema/index.js';
import { openDatabase, sqlKinds } from '../support/sql.js';

describe.each(sqlKinds)('JobUploadRepository over %s', (kind) => {
  let uploads: SqlJobUploadRepository;
  beforeEach(async () => {
    uploads = new SqlJobUploadRepository((await openDatabase(kind, schema)).database);
  });

  async function add(): Promise<{ jobId: string; token: string }> {
    const [jobId, token] = [newId(), uploadToken()];
    await uploads.add({ jobId, uploadToken: token, userId: 'me', provider: 'process', createdAtMs: 7 });
    return { jobId, token };
  }

  it('finds a credential by its exact token', async () => {
    const { jobId, token } = await add();
    expect(await uploads.find(token)).toMatchObject({
      jobId,
      userId: 'me',
      provider: 'process',
      createdAtMs: 7,
      updatedAtMs: null,
    });
    expect(await uploads.find(token.toLowerCase())).toBeUndefined();
    expect(await uploads.find(`${token} `)).toBeUndefined();
    expect(await uploads.ofJobs([])).toEqual([]);
    expect((await uploads.ofJobs([jobId, newId()])).map((upload) => upload.uploadToken)).toEqual([token]);
  });

  it('closes once, and remembers how and when', async () => {
    const { jobId, token } = await add();
    await uploads.close(jobId, false, 100);
    await uploads.close(jobId, true, 200);
    expect(await uploads.find(token)).toMatchObject({ closedAtMs: 100, isRevoked: false });
  });

  it('counts every arrival, however many come at once', async () => {
    const { jobId, token } = await add();
    const bytes = 2 ** 40;
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        uploads.noteArrival(jobId, { files: 1, bytes, currentFile: `𝄞-${index}`, error: null, atMs: 50 }),
      ),
    );
    const upload = await uploads.find(token);
    expect(upload).toMatchObject({ filesReceived: 20, bytesReceived: 20 * bytes, lastUploadAtMs: 50, updatedAtMs: 50 });
    await uploads.noteArrival(jobId, { files: 0, bytes: 0, currentFile: null, error: 'BadDigest', atMs: 60 });
    await uploads.noteTraffic(jobId, { bytesInFlight: 5, rateBytesPerSecond: 1.5, currentFile: null, atMs: 70 });
    expect(await uploads.find(token)).toMatchObject({
      filesReceived: 20, error: 'BadDigest', lastUploadAtMs: 50, currentFile: upload?.currentFile, bytesInFlight: 5,
      rateBytesPerSecond: 1.5, updatedAtMs: 70,
    }); // prettier-ignore
  });

  it('forgets a credential with its job', async () => {
    const { jobId, token } = await add();
    await uploads.remove(jobId);
    expect(await uploads.find(token)).toBeUndefined();
  });

  it('learns the rhythm of arrivals from pauses of a minute and more', async () => {
    const { jobId } = await add();
    const arrive = (atMs: number): Promise<void> =>
      uploads.noteArrival(jobId, { files: 1, bytes: 1, currentFile: null, error: null, atMs });
    for (const atMs of [1_000_000, 1_030_000, 1_090_000, 1_390_000, 1_510_000]) await arrive(atMs);
    await uploads.noteArrival(jobId, { files: 0, bytes: 0, currentFile: null, error: 'no', atMs: 9_000_000 });
    expect((await uploads.ofJobs([jobId]))[0]).toMatchObject({
      gapCount: 3,
      longestGapMs: 300_000,
      lastUploadAtMs: 1_510_000,
    });
  });

  it('notes a stall once, of uploads that are silent and open, until something arrives', async () => {
    const [silent, closed, moving] = [await add(), await add(), await add()];
    const untouched = await add();
    const traffic = { bytesInFlight: 5, rateBytesPerSecond: 9, currentFile: null };
    for (const { jobId } of [silent, closed]) await uploads.noteTraffic(jobId, { ...traffic, atMs: 100 });
    await uploads.noteTraffic(moving.jobId, { ...traffic, atMs: 500 });
    await uploads.close(closed.jobId, false, 200);
    const ids = async (): Promise<string[]> => (await uploads.silent(300, 10)).map(({ jobId }) => jobId);
    expect(await ids()).toEqual([silent.jobId]);
    expect(await ids()).not.toContain(untouched.jobId);
    expect(await uploads.noteStall(silent.jobId, 99, 400)).toBe(false);
    expect(await uploads.countStalled()).toBe(0);
    const notes = await Promise.all([1, 2, 3].map(() => uploads.noteStall(silent.jobId, 100, 400)));
    expect(notes.filter(Boolean)).toHaveLength(1);
    expect(await ids()).toEqual([]);
    expect((await uploads.ofJobs([silent.jobId]))[0]).toMatchObject({
      stalledAtMs: 400,
      bytesInFlight: 0,
      updatedAtMs: 100,
    });
    expect(await uploads.countStalled()).toBe(1);
    await uploads.noteTraffic(silent.jobId, { ...traffic, atMs: 250 });
    expect((await uploads.ofJobs([silent.jobId]))[0]).toMatchObject({ stalledAtMs: null });
    expect(await uploads.countStalled()).toBe(0);
    expect(await ids()).toEqual([silent.jobId]);
  });
});
