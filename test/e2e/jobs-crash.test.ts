import { afterAll, describe, expect, it } from 'vitest';
import { startJobServer } from '../support/job-server.js';

const { server, submit, when, starts, gate, open } = await startJobServer();

afterAll(() => server.dispose());

describe('kill -9 of the server', () => {
  it('while a job runs: it is re-attached and finishes, and ran once', async () => {
    const jobId = await submit({ until: gate('survivor') });
    await when(jobId, 'running');
    await server.kill();
    open('survivor');
    await server.restart();
    await when(jobId, 'completed');
    expect(starts().filter((started) => started === jobId)).toHaveLength(1);
  });

  it('right after jobs were accepted: each of them runs once', async () => {
    const jobIds = await Promise.all(Array.from({ length: 6 }, () => submit()));
    await server.kill();
    await server.restart();
    for (const jobId of jobIds) await when(jobId, 'completed');
    for (const jobId of jobIds) expect(starts().filter((started) => started === jobId)).toHaveLength(1);
  });
});
