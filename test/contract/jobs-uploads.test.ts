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
});
