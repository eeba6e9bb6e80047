import { afterEach, describe, expect, it, vi } from 'vitest';
import { GatedJobs } from '../support/gated-jobs.js';
import { ServerProcess } from '../support/server.js';
import { isAlive } from '../support/servers.js';

// Far longer than these tests may take: what is noticed here is noticed without the regular poll.
const POLL = { SIMPLETUNER_JOB_POLL_INTERVAL: '600' };

let server: ServerProcess;
afterEach(() => server.dispose());

async function start(settings: object = {}): Promise<GatedJobs> {
  server = await ServerProcess.start({ env: POLL });
  return GatedJobs.on(server, settings);
}

/** A different number of turns of the event loop: a kill meets the server in another state each time. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise(setImmediate);
}

describe('a server that is killed while a job runs', () => {
  it.each([
    ['completed', 0],
    ['failed', 3],
  ])('finds the trainer again, which goes on, and sees it end: %s', async (status, exitCode) => {
    const jobs = await start({ cost_per_hour: 90_000 });
    const jobId = await jobs.submit({ gate: 'end', exitCode });
    await jobs.when(jobId, 'running');
    await jobs.environment(jobId);
    const [trainer = 0] = jobs.trainers(jobId);
    await server.kill();
    expect(isAlive(trainer)).toBe(true);
    await server.restart();
    expect(await jobs.when(jobId, 'running')).toMatchObject({ cost_usd: null });
    jobs.open('end');
    const job = await jobs.when(jobId, status);
    expect(jobs.trainers(jobId)).toEqual([trainer]);
    // 25 USD a second: the cost tells how long the trainer ran.
    const seconds = (Date.parse(String(job['completed_at'])) - Date.parse(String(job['started_at']))) / 1_000;
    expect(seconds).toBeGreaterThan(0);
    expect(Math.abs((job.cost_usd ?? 0) / 25 - seconds)).toBeLessThan(0.003);
    if (exitCode > 0) expect(job.error_message).toContain(`exited with code ${exitCode}`);
    const ends = (await jobs.timeline(jobId)).filter(({ to, from }) => to === status && from !== to);
    expect(ends).toHaveLength(1);
  });

  it('learns at its next start what ended while it was away', async () => {
    const jobs = await start();
    const jobId = await jobs.submit({ gate: 'away', exitCode: 5 });
    const { SIMPLETUNER_JOB_ID } = await jobs.environment(jobId);
    expect(SIMPLETUNER_JOB_ID).toBe(jobId);
    const [trainer = 0] = jobs.trainers(jobId);
    await server.kill();
    jobs.open('away');
    await vi.waitFor(() => expect(isAlive(trainer)).toBe(false), { timeout: 10_000 });
    await server.restart();
    expect((await jobs.when(jobId, 'failed')).error_message).toContain('exited with code 5');
  });

  it('ends a run that it was told to cancel, if it was killed before that was done', async () => {
    const jobs = await start();
    const jobId = await jobs.submit({ gate: 'never' });
    await jobs.when(jobId, 'running');
    await jobs.environment(jobId);
    const [trainer = 0] = jobs.trainers(jobId);
    await server.send('POST', `/api/cloud/jobs/${jobId}/cancel`);
    await server.kill();
    await server.restart();
    await vi.waitFor(() => expect(isAlive(trainer)).toBe(false), { timeout: 20_000 });
    expect((await jobs.job(jobId)).status).toBe('cancelled');
  });
});

describe('a server that is killed while jobs are handed over', () => {
  it('starts every accepted job exactly once, whenever it was killed', async () => {
    const jobs = await start();
    const accepted: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      // Answered one by one or all at once; killed right after the answer, or some time into the handover.
      const submitted = await Promise.all([1, 2].map(() => jobs.submit({ gate: 'all' })));
      accepted.push(...submitted);
      await turns(round * round * 150);
      await server.kill();
      await server.restart();
    }
    for (const jobId of accepted) await jobs.when(jobId, 'running');
    await Promise.all(accepted.map((jobId) => jobs.environment(jobId)));
    jobs.open('all');
    for (const jobId of accepted) await jobs.when(jobId, 'completed');
    expect(accepted.map((jobId) => jobs.trainers(jobId).length)).toEqual(accepted.map(() => 1));
  });

  it('keeps or forgets a job whose answer never arrived, and the same key makes no second one', async () => {
    const jobs = await start();
    for (let round = 0; round < 4; round += 1) {
      const key = { 'Idempotency-Key': `wish-${round}` };
      const unanswered = jobs.submit({ gate: 'keyed' }, key).catch(() => undefined);
      await turns(round * 40);
      await server.kill();
      await unanswered;
      await server.restart();
      const path = '/api/cloud/jobs/submit?provider=process';
      const again = await server.send('POST', path, jobs.submission({ gate: 'keyed' }), key);
      expect([200, 201]).toContain(again.status);
    }
    const { jobs: all, total } = await server.json<{ jobs: { job_id: string }[]; total: number }>('/api/cloud/jobs');
    expect(total).toBe(4);
    await Promise.all(all.map(({ job_id: jobId }) => jobs.environment(jobId)));
    jobs.open('keyed');
    for (const { job_id: jobId } of all) await jobs.when(jobId, 'completed');
    expect(all.map(({ job_id: jobId }) => jobs.trainers(jobId).length)).toEqual(all.map(() => 1));
  });
});
