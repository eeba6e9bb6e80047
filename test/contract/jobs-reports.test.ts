import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Job } from '../../src/jobs/index.js';
import { jobWorld, orderOf } from '../support/job-world.js';
import { CREATED_MS } from '../support/jobs.js';
import { sqlKinds } from '../support/sql.js';

describe.each(sqlKinds)('jobs over %s', (kind) => {
  let subject: Awaited<ReturnType<typeof jobWorld>>;
  let job: Job;
  beforeEach(async () => {
    subject = await jobWorld(kind);
    job = await subject.creation.create(orderOf());
  });

  const told = async (): Promise<unknown[]> =>
    (await subject.jobs.timeline(job.jobId, 100)).map(({ source, evidenceId, fromStatus, toStatus }) => [
      source,
      evidenceId,
      fromStatus,
      toStatus,
    ]);
  const tokenOf = async (): Promise<string> => (await subject.uploads.ofJobs([job.jobId]))[0]?.uploadToken ?? '';

  it('stores what was submitted unreadably, and audits and announces the job with it', async () => {
    expect(await subject.runs.submission(job.jobId)).not.toContain('hf_secret');
    expect(subject.audit.events.map(({ type }) => type)).toEqual(['job.submitted']);
    const events = await subject.events.after(0);
    expect(events.map(({ type, userId }) => [type, userId])).toEqual([
      ['cloud_job_update', 'me'],
      ['job_status_changed', 'me'],
    ]);
    expect(JSON.stringify(events)).not.toMatch(/STU[A-Z2-7]{29}|hf_secret/);
  });

  it('makes one move of a webhook that is told by many at once', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        subject.reports.apply(
          job.jobId,
          { status: 'running', startedAtMs: CREATED_MS + 5 },
          { source: 'webhook', id: `d${index}` },
        ),
      ),
    );
    expect(outcomes.filter((outcome) => outcome === 'applied')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'unchanged')).toHaveLength(11);
    expect(await told()).toHaveLength(2);
  });

  it('takes nothing of a report when the transaction around it is lost', async () => {
    const doomed = subject.database.transaction(async () => {
      await subject.reports.apply(job.jobId, { status: 'completed' }, { source: 'webhook', id: 'd' });
      throw new Error('inbox row lost');
    });
    await expect(doomed).rejects.toThrow('inbox row lost');
    expect((await subject.jobs.find(job.jobId))?.status).toBe('queued');
    expect(await told()).toHaveLength(1);
    expect((await subject.credentials.find(await tokenOf()))?.state).toBe('active');
  });

  it('knows no job of a stranger, and none of another provider', async () => {
    const evidence = { source: 'webhook', id: 'd' } as const;
    const outcomes = [
      await subject.reports.apply('0190e0e0-0000-7000-8000-00000000ffff', { status: 'running' }, evidence),
      await subject.reports.apply({ provider: 'replicate', jobId: job.jobId }, { status: 'running' }, evidence),
      await subject.reports.apply({ provider: 'process', providerJobId: 'nope' }, { status: 'running' }, evidence),
    ];
    expect(outcomes).toEqual(['unknown_job', 'unknown_job', 'unknown_job']);
  });

  it('tells the note of one delivery once, however often it is processed', async () => {
    const note = { note: 'checkpoint-500 saved' };
    const first = { source: 'webhook', id: 'd1' } as const;
    expect(await subject.reports.apply(job.jobId, note, first)).toBe('applied');
    expect(await subject.reports.apply(job.jobId, note, first)).toBe('unchanged');
    expect(await subject.reports.apply(job.jobId, note, { source: 'webhook', id: 'd2' })).toBe('applied');
    expect(await told()).toHaveLength(3);
  });

  it('ends in the same job whether reports come one by one or together, and tells each of them', async () => {
    const other = await subject.creation.create(orderOf());
    const reports = [
      { status: 'running', startedAtMs: CREATED_MS + 5 },
      { note: 'checkpoint-500 saved' },
      { progress: { stage: 'train', current: 5, total: 10, percent: 50, message: null } },
      { status: 'completed', costUsd: 1 },
      { status: 'running' },
    ] as const;
    for (const [index, report] of reports.entries()) {
      await subject.reports.apply(job.jobId, report, { source: 'webhook', id: `d${index}`, atMs: CREATED_MS + index });
    }
    const before = (await subject.events.after(0)).length;
    const outcomes = await subject.reports.applyAll([
      ...reports.map((report, index) => ({
        selector: { provider: 'process', jobId: other.jobId },
        report,
        evidence: { source: 'webhook' as const, id: `d${index}`, atMs: CREATED_MS + index },
      })),
      {
        selector: { provider: 'process', providerJobId: 'nobody' },
        report: { status: 'running' },
        evidence: { source: 'webhook', id: 'x' },
      },
    ]);
    expect(outcomes).toEqual(['applied', 'applied', 'applied', 'applied', 'unchanged', 'unknown_job']);
    const [one, together] = [await subject.jobs.find(job.jobId), await subject.jobs.find(other.jobId)];
    expect({ ...together, jobId: one?.jobId }).toEqual(one);
    const timelineOf = async (jobId: string): Promise<unknown[]> =>
      (await subject.jobs.timeline(jobId, 100)).map(({ evidenceId, fromStatus, toStatus, note }) => [
        evidenceId,
        fromStatus,
        toStatus,
        note,
      ]);
    expect(await timelineOf(other.jobId)).toEqual(await timelineOf(job.jobId));
    // Announced once, as it is then, and each step of its status.
    const news = (await subject.events.after(0)).slice(before).map(({ type }) => type);
    expect(news).toEqual(['cloud_job_update', 'job_status_changed', 'job_status_changed']);
  });

  it('asks at once when somebody hints at an end, which the hint alone does not bring', async () => {
    const hints: string[] = [];
    subject.news.onEndHint((jobId) => hints.push(jobId));
    await subject.reports.apply(job.jobId, { endHint: 'completed' }, { source: 'webhook', id: 'd' });
    expect(hints).toEqual([job.jobId]);
    expect((await subject.jobs.find(job.jobId))?.status).toBe('queued');
  });

  it('takes a job out of the queue as soon as its provider is known to have it', async () => {
    await subject.reports.apply(job.jobId, { providerJobId: 'run-1' }, { source: 'webhook', id: 'd' });
    expect(await subject.runs.providersDue(Number.MAX_SAFE_INTEGER)).toEqual([]);
    expect(
      await subject.reports.apply(
        { provider: 'process', providerJobId: 'run-1' },
        { status: 'running' },
        { source: 'poll', id: 'p' },
      ),
    ).toBe('applied');
  });

  it('lets begun uploads finish for a quarter of an hour after a completion, and none after a failure', async () => {
    const token = await tokenOf();
    expect(await subject.credentials.find(token)).toMatchObject({
      jobId: job.jobId,
      userId: 'me',
      state: 'active',
      graceUntilMs: null,
    });
    subject.clock.advance(1_000);
    await subject.reports.apply(job.jobId, { status: 'completed' }, { source: 'poll', id: 'p' });
    const graceUntilMs = CREATED_MS + 1_000 + 900_000;
    expect(await subject.credentials.find(token)).toMatchObject({ state: 'grace', graceUntilMs });
    subject.clock.advance(899_999);
    expect((await subject.credentials.findByJob(job.jobId))?.state).toBe('grace');
    subject.clock.advance(1);
    expect((await subject.credentials.find(token))?.state).toBe('revoked');
  });

  it('revokes the credential in the moment of a cancellation, and by age', async () => {
    const token = await tokenOf();
    subject.clock.advance(2_592_000_000 - 1);
    expect((await subject.credentials.find(token))?.state).toBe('active');
    subject.clock.advance(1);
    expect((await subject.credentials.find(token))?.state).toBe('revoked');
    subject.clock.advance(-2_000_000_000);
    await subject.endings.end(
      job.jobId,
      undefined,
      { source: 'user', id: 'r' },
      { id: 'user:me', userId: 'me', address: null },
    );
    expect((await subject.credentials.find(token))?.state).toBe('revoked');
    expect(await subject.credentials.find('STUAAAAAAAAAAAAAAAAAAAAAAAAAAAAA')).toBeUndefined();
  });

  it('ends a job once, audited once, and has its run ended where there may be one', async () => {
    const actor = { id: 'user:me', userId: 'me', address: null };
    await subject.reports.apply(job.jobId, { providerJobId: 'run-1', status: 'running' }, { source: 'poll', id: 'p' });
    const ended = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        subject.endings.end(job.jobId, undefined, { source: 'user', id: `r${index}` }, actor),
      ),
    );
    expect(ended.filter(Boolean)).toHaveLength(1);
    expect(subject.audit.events.filter(({ type }) => type === 'job.cancelled')).toHaveLength(1);
    expect(await subject.runs.isSettling(job.jobId)).toBe(true);
    await subject.reports.apply(
      job.jobId,
      { status: 'completed', costUsd: 2.5, outputUrl: 'https://x/' },
      { source: 'poll', id: 'late' },
    );
    expect(await subject.jobs.find(job.jobId)).toMatchObject({ status: 'cancelled', costUsd: 2.5, outputUrl: null });
  });

  it('owes nothing to a provider for a job that never was handed over', async () => {
    await subject.endings.end(job.jobId, undefined, { source: 'user', id: 'r' });
    expect(await subject.runs.isSettling(job.jobId)).toBe(false);
    expect(await subject.runs.providersDue(Number.MAX_SAFE_INTEGER)).toEqual([]);
  });

  it('counts uploads durably and announces them at most once a second', async () => {
    const before = (await subject.events.after(0)).length;
    subject.progress.start();
    for (let index = 0; index < 5; index += 1)
      await subject.progress.record(job.jobId, { files: 1, bytes: 10, currentFile: 'a' });
    await subject.progress.record(job.jobId, { bytesInFlight: 7 });
    expect((await subject.uploads.ofJobs([job.jobId]))[0]).toMatchObject({
      filesReceived: 5,
      bytesReceived: 50,
      currentFile: 'a',
    });
    expect(await subject.events.after(0)).toHaveLength(before);
    subject.clock.advance(1_000);
    await subject.progress.stop();
    const [event, ...others] = (await subject.events.after(0)).slice(before);
    expect(event).toMatchObject({
      type: 'upload_progress',
      userId: 'me',
      payload: { job_id: job.jobId, files_received: 5, bytes_received: 50, bytes_in_flight: 7 },
    });
    expect(others).toEqual([]);
  });

  it('tells the rate by what was transferred, whatever becomes whole meanwhile', async () => {
    subject.progress.start();
    await subject.progress.record(job.jobId, { bytesInFlight: 1_000, transferredBytes: 1_000 });
    subject.clock.advance(1_000);
    await subject.progress.record(job.jobId, { bytesInFlight: 500, transferredBytes: 5_000 });
    await subject.progress.record(job.jobId, { files: 1, bytes: 1_000_000_000 });
    await vi.waitFor(async () => expect(await rates()).toEqual([0]));
    await subject.progress.record(job.jobId, { bytesInFlight: 500, transferredBytes: 9_000 });
    subject.clock.advance(2_000);
    await subject.progress.stop();
    expect((await rates()).at(1)).toBe(2_000);

    async function rates(): Promise<number[]> {
      const events = (await subject.events.after(0)).filter(({ type }) => type === 'upload_progress');
      return events.map(({ payload }) => (payload as { rate_bytes_per_second: number }).rate_bytes_per_second);
    }
  });

  it('keeps no counter of an upload whose transaction is lost', async () => {
    const doomed = subject.database.transaction(async () => {
      await subject.progress.record(job.jobId, { files: 1, bytes: 10 });
      throw new Error('no object');
    });
    await expect(doomed).rejects.toThrow('no object');
    expect((await subject.uploads.ofJobs([job.jobId]))[0]).toMatchObject({ filesReceived: 0, updatedAtMs: null });
  });
});
