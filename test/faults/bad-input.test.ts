import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { GatedJobs } from '../support/gated-jobs.js';
import { ServerProcess } from '../support/server.js';
import { isAlive } from '../support/servers.js';

let server: ServerProcess;
let jobs: GatedJobs;
beforeAll(async () => {
  server = await ServerProcess.start();
  jobs = await GatedJobs.on(server);
});
afterAll(() => server.dispose());

describe('a trainer command', () => {
  it('that does not exist is no trainer: nothing is accepted, and the message says which one', async () => {
    await jobs.configure({ command: ['no-such-trainer', '--fast'] });
    const answer = await server.send('POST', '/api/cloud/jobs/submit?provider=process', jobs.submission({}));
    const { error, detail } = (await answer.json()) as { error: string; detail: string };
    expect([answer.status, error]).toEqual([503, 'provider_unavailable']);
    expect(detail).toContain('no-such-trainer');
    expect(await server.json('/api/cloud/jobs')).toMatchObject({ total: 0 });
    await jobs.useGatedTrainer();
  });

  it('that is gone when its turn comes fails the job, and the message says which one', async () => {
    const trainer = join(server.home, 'short-lived-trainer');
    writeFileSync(trainer, '#!/bin/sh\nexit 0\n', { mode: 0o755 });
    await jobs.configure({ max_concurrent: 1 });
    const first = await jobs.submit({ gate: 'first' });
    await jobs.environment(first);
    await jobs.configure({ command: [trainer] });
    const second = await jobs.submit();
    rmSync(trainer);
    jobs.open('first');
    const { error_message: message } = await jobs.when(second, 'failed');
    expect(message).toContain('short-lived-trainer');
    await jobs.configure({ max_concurrent: 20 });
    await jobs.useGatedTrainer();
  });

  it('that exits with 1 fails the job with its last lines', async () => {
    await jobs.configure({ command: ['/bin/sh', '-c', 'echo CUDA out of memory; exit 1'] });
    const job = await jobs.when(await jobs.submit(), 'failed');
    expect(job.error_message).toMatch(/exited with code 1[\s\S]*CUDA out of memory/);
    await jobs.useGatedTrainer();
  });

  it('that is killed fails the job, and the message says so', async () => {
    const jobId = await jobs.submit({ gate: 'never' });
    await jobs.environment(jobId);
    const [trainer = 0] = jobs.trainers(jobId);
    process.kill(trainer, 'SIGKILL');
    expect((await jobs.when(jobId, 'failed')).error_message).toContain('SIGKILL');
  });

  it('that hangs and takes no notice of SIGTERM is gone soon after the cancellation all the same', async () => {
    const jobId = await jobs.submit({ gate: 'never', isDeaf: true });
    await jobs.environment(jobId);
    await jobs.when(jobId, 'running');
    const [trainer = 0] = jobs.trainers(jobId);
    const answer = await server.send('POST', `/api/cloud/jobs/${jobId}/cancel`);
    expect([answer.status, (await jobs.job(jobId)).status]).toEqual([200, 'cancelled']);
    await vi.waitFor(() => expect(isAlive(trainer)).toBe(false), { timeout: 30_000, interval: 100 });
  });

  it('leaves the server as it was', async () => {
    const jobId = await jobs.submit();
    await jobs.when(jobId, 'completed');
    expect(await server.json('/api/cloud/health/ready')).toEqual({ status: 'ready' });
  });
});
