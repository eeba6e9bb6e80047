import { beforeEach, describe, expect, it } from 'vitest';
import { newId } from '#libs/ids';
import { SqlJobRepository } from '../../src/jobs/drivers/sql-job.repository.js';
import type { Job } from '../../src/jobs/index.js';
import type { JobFilter, JobPosition } from '../../src/jobs/job.repository.js';
import { schema } from '../../src/schema/index.js';
import { CREATED_MS, jobOf } from '../support/jobs.js';
import { openDatabase, sqlKinds, type OpenedDatabase } from '../support/sql.js';

describe.each(sqlKinds)('JobRepository over %s', (kind) => {
  let opened: OpenedDatabase;
  let jobs: SqlJobRepository;
  beforeEach(async () => {
    opened = await openDatabase(kind, schema);
    jobs = new SqlJobRepository(opened.database);
  });

  async function add(facts: Partial<Job> = {}): Promise<Job> {
    const job = jobOf(facts);
    await jobs.add(job);
    return job;
  }

  const ids = async (filter: JobFilter): Promise<string[]> =>
    (await jobs.list(filter, { limit: 100, offset: 0 })).map(({ jobId }) => jobId);

  it('gives back every fact as it was written, 4-byte characters and longest values among them', async () => {
    const job = await add({
      status: 'running', providerJobId: 'p'.repeat(255), configName: '𝄞'.repeat(127), trackerRunName: 'ß'.repeat(255),
      userId: 'u'.repeat(128), metadata: { nested: { list: [1, '𝄞', null] } }, queuedAtMs: CREATED_MS + 1,
      startedAtMs: CREATED_MS + 2, isStartTold: true, completedAtMs: CREATED_MS + 3, isCompletionTold: true, costUsd: 0.1 + 0.2,
      estimatedCostUsd: 1e-9, hardwareProfile: 'h100-x8', hardwareType: '鋼'.repeat(128), errorMessage: 'e'.repeat(100_000),
      outputUrl: 'https://example.org/ö', lastLog: 'line', lastLogAtMs: CREATED_MS, progressAtMs: CREATED_MS,
      progress: { stage: 'Training', current: 1, total: 2, percent: 50, message: null },
    }); // prettier-ignore
    expect({ ...(await jobs.find(job.jobId)) }).toEqual(job);
    expect(await jobs.find(newId())).toBeUndefined();
  });

  it('pages by cursor without gap or repetition while jobs of the same instant are added', async () => {
    for (let index = 0; index < 11; index += 1) await add({ createdAtMs: CREATED_MS + Math.floor(index / 4) });
    const before = await ids({});
    const seen: string[] = [];
    let after: JobPosition | undefined;
    for (let page = await jobs.list({}, { limit: 3, offset: 0 }); page.length > 0;) {
      seen.push(...page.map(({ jobId }) => jobId));
      await add({ createdAtMs: CREATED_MS + 100 });
      after = page.at(-1);
      page = await jobs.list({}, { limit: 3, offset: 0, ...(after && { after }) });
    }
    expect(seen).toEqual(before);
    expect(new Set(seen).size).toBe(11);
    expect(await jobs.list({}, { limit: 3, offset: 4 })).toHaveLength(3);
  });

  it('narrows a list by everything that can be asked for, and counts the same jobs', async () => {
    const mine = await add({
      userId: 'me',
      provider: 'replicate',
      status: 'failed',
      configName: 'Fluffy_100%',
      createdAtMs: CREATED_MS,
    });
    const other = await add({
      userId: 'you',
      jobType: 'local',
      configName: 'fluffyX100!',
      createdAtMs: CREATED_MS + 10,
    });
    for (const filter of [
      { userId: 'me' },
      { provider: 'replicate' },
      { statuses: ['failed', 'cancelled'] as const },
      { jobType: 'cloud' },
      { text: 'fluffy_100%' },
      { text: mine.jobId.slice(10).toUpperCase() },
      { createdBeforeMs: CREATED_MS + 10 },
    ]) {
      expect(await ids(filter), JSON.stringify(filter)).toEqual([mine.jobId]);
      expect(await jobs.count(filter)).toBe(1);
    }
    expect(await ids({ createdAfterMs: CREATED_MS })).toEqual([other.jobId]);
    expect(await ids({ text: 'FLUFFY' })).toEqual([other.jobId, mine.jobId]);
    expect(await ids({ text: "'; DROP TABLE jobs; --" })).toEqual([]);
    expect(await ids({ text: '100!' })).toEqual([other.jobId]);
    expect(await jobs.count({})).toBe(2);
  });

  it('adds jobs up by day and status', async () => {
    const dayMs = 86_400_000;
    for (let index = 0; index < 3; index += 1)
      await add({
        status: 'completed',
        costUsd: 1.5,
        startedAtMs: CREATED_MS,
        completedAtMs: CREATED_MS + 1_000 * (index + 1),
      });
    await add({ status: 'completed', createdAtMs: CREATED_MS + dayMs - 1 });
    await add({ status: 'failed', createdAtMs: CREATED_MS + dayMs, costUsd: 2 });
    const totals = (await jobs.totals({})).sort((left, right) => left.dayMs - right.dayMs);
    expect(totals).toEqual([
      { dayMs: CREATED_MS, status: 'completed', jobs: 4, costUsd: 4.5, timedJobs: 3, durationMs: 6_000 },
      { dayMs: CREATED_MS + dayMs, status: 'failed', jobs: 1, costUsd: 2, timedJobs: 0, durationMs: 0 },
    ]);
    expect(await jobs.totals({ userId: 'nobody' })).toEqual([]);
  });

  it('finds the job that a report names, and none when the names do not belong together', async () => {
    const job = await add({ providerJobId: 'run-1' });
    const fresh = await add({ providerJobId: null });
    const find = (selector: Parameters<SqlJobRepository['findForChange']>[0]): Promise<string | undefined> =>
      opened.database.transaction(async () => (await jobs.findForChange(selector))?.jobId);
    expect(await find(job.jobId)).toBe(job.jobId);
    expect(await find({ provider: 'process', providerJobId: 'run-1' })).toBe(job.jobId);
    expect(await find({ provider: 'process', jobId: job.jobId, providerJobId: 'run-1' })).toBe(job.jobId);
    expect(await find({ provider: 'process', jobId: fresh.jobId, providerJobId: 'run-9' })).toBe(fresh.jobId);
    expect(await find({ provider: 'process', jobId: job.jobId, providerJobId: 'run-2' })).toBeUndefined();
    expect(await find({ provider: 'replicate', jobId: job.jobId })).toBeUndefined();
    expect(await find({ provider: 'replicate', providerJobId: 'run-1' })).toBeUndefined();
  });

  it('lets changes of one job follow each other, however many come at once', async () => {
    const { jobId } = await add({ costUsd: 0 });
    await Promise.all(
      Array.from({ length: 20 }, () =>
        opened.database.transaction(async () => {
          const job = await jobs.findForChange(jobId);
          if (job) await jobs.save({ ...job, costUsd: (job.costUsd ?? 0) + 1 }, ['costUsd'], job);
        }),
      ),
    );
    expect((await jobs.find(jobId))?.costUsd).toBe(20);
  });

  it('writes the named facts only', async () => {
    const job = await add();
    await jobs.save({ ...job, status: 'running', costUsd: 5 }, ['status'], job);
    expect(await jobs.find(job.jobId)).toMatchObject({ status: 'running', costUsd: null });
  });

  it('gives the jobs that a provider runs, batch by batch', async () => {
    const running: string[] = [];
    for (let index = 0; index < 5; index += 1)
      running.push((await add({ status: 'running', providerJobId: `r${index}` })).jobId);
    await add({ status: 'completed', providerJobId: 'over' });
    await add({ status: 'queued' });
    const first = await jobs.active('', 3);
    expect([...first, ...(await jobs.active(first.at(-1)?.jobId ?? '', 3))].map(({ jobId }) => jobId)).toEqual(running);
  });

  it('tells a timeline in order, and forgets it with its job', async () => {
    const { jobId } = await add();
    const entry = {
      jobId,
      atMs: 5,
      source: 'webhook' as const,
      fromStatus: 'queued' as const,
      toStatus: 'running' as const,
      note: '𝄞',
    };
    for (const evidenceId of ['b', 'a', 'c']) await jobs.tell({ ...entry, evidenceId });
    const told = await jobs.timeline(jobId, 100);
    expect(told.map(({ evidenceId }) => evidenceId)).toEqual(['b', 'a', 'c']);
    expect(told[0]).toMatchObject({ ...entry, evidenceId: 'b' });
    expect((await jobs.timeline(jobId, 1, told[0]?.sequence)).map(({ evidenceId }) => evidenceId)).toEqual(['a']);
    expect(await jobs.hasTold(jobId, 'webhook', 'a')).toBe(true);
    expect(await jobs.hasTold(jobId, 'poll', 'a')).toBe(false);
    await jobs.remove(jobId);
    expect(await jobs.find(jobId)).toBeUndefined();
    expect(await jobs.timeline(jobId, 100)).toEqual([]);
  });
});
