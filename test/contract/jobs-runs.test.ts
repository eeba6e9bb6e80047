import { beforeEach, describe, expect, it } from 'vitest';
import { SqlJobRepository } from '../../src/jobs/drivers/sql-job.repository.js';
import { SqlJobRunRepository } from '../../src/jobs/drivers/sql-job-run.repository.js';
import type { Job } from '../../src/jobs/index.js';
import type { Claim } from '../../src/jobs/job-run.repository.js';
import { schema } from '../../src/schema/index.js';
import { jobOf } from '../support/jobs.js';
import { openDatabase, sqlKinds } from '../support/sql.js';

const NOW_MS = 1_000_000;

describe.each(sqlKinds)('JobRunRepository over %s', (kind) => {
  let jobs: SqlJobRepository;
  let runs: SqlJobRunRepository;
  beforeEach(async () => {
    const { database } = await openDatabase(kind, schema);
    jobs = new SqlJobRepository(database);
    runs = new SqlJobRunRepository(database);
  });

  async function queue(facts: Partial<Job> = {}, dueMs: number | null = NOW_MS): Promise<string> {
    const job = jobOf(facts);
    await jobs.add(job);
    await runs.add(job.jobId, job.provider, `submission of ${job.jobId}`, dueMs);
    return job.jobId;
  }

  const claim = (holder = 'a', nowMs = NOW_MS, concurrencyLimit?: number): Promise<Claim | undefined> =>
    runs.claim({ provider: 'process', holder, nowMs, untilMs: nowMs + 100, concurrencyLimit });

  it('gives each waiting job to one claimer, the oldest first', async () => {
    const queued: string[] = [];
    for (let index = 0; index < 12; index += 1) queued.push(await queue());
    const claims = await Promise.all(Array.from({ length: 20 }, (_, index) => claim(`holder-${index}`)));
    const claimed = claims.flatMap((one) => (one ? [one.jobId] : []));
    expect([...claimed].sort()).toEqual(queued);
    await runs.takeOver(NOW_MS);
    expect((await claim())?.jobId).toBe(queued[0]);
    expect((await claim())?.jobId).toBe(queued[1]);
    expect(await runs.submission(queued[0] ?? '')).toBe(`submission of ${queued[0]}`);
  });

  it('never passes the limit of a provider, however many claim at once', async () => {
    await queue({ status: 'running', providerJobId: 'r' }, null);
    for (let index = 0; index < 6; index += 1) await queue();
    const claims = await Promise.all(Array.from({ length: 10 }, (_, index) => claim(`holder-${index}`, NOW_MS, 3)));
    expect(claims.filter(Boolean)).toHaveLength(2);
  });

  it('counts a run that is still to be ended at the provider as a place taken', async () => {
    const ended = await queue({ status: 'cancelled', providerJobId: 'r' }, null);
    const waiting = await queue();
    await runs.settleAt(ended, NOW_MS);
    expect(await claim('a', NOW_MS, 1)).toBeUndefined();
    await runs.settleAt(ended, null);
    expect(await claim('a', NOW_MS, 1)).toEqual({ jobId: waiting, provider: 'process', attempt: 1 });
  });

  it('gives a job again when its claim has run out, and says that it is not the first time', async () => {
    const jobId = await queue();
    expect(await claim('a')).toEqual({ jobId, provider: 'process', attempt: 1 });
    expect(await runs.wasClaimed(jobId)).toBe(true);
    expect(await claim('b', NOW_MS + 99)).toBeUndefined();
    await runs.renew(jobId, 'a', NOW_MS + 500);
    expect(await claim('b', NOW_MS + 499)).toBeUndefined();
    expect(await claim('b', NOW_MS + 500)).toMatchObject({ jobId, attempt: 2 });
    await runs.renew(jobId, 'a', NOW_MS + 9_000);
    await runs.postpone(jobId, 'a', NOW_MS + 9_000);
    expect(await claim('c', NOW_MS + 600)).toMatchObject({ attempt: 3 });
    await runs.postpone(jobId, 'c', NOW_MS + 700);
    expect(await claim('d', NOW_MS + 699)).toBeUndefined();
    await runs.finishDispatch(jobId);
    expect(await claim('d', NOW_MS + 9_999)).toBeUndefined();
  });

  it('tells places in the queue, each provider its own', async () => {
    const first = await queue();
    const elsewhere = await queue({ provider: 'replicate' });
    const second = await queue();
    expect(Object.fromEntries(await runs.waiting(10))).toEqual({ [first]: 1, [elsewhere]: 1, [second]: 2 });
    expect(await runs.place(second)).toBe(2);
    await runs.finishDispatch(first);
    expect(await runs.place(second)).toBe(1);
    expect(await runs.place(first)).toBeUndefined();
    expect((await runs.providersDue(NOW_MS)).sort()).toEqual(['process', 'replicate']);
    expect(await runs.providersDue(NOW_MS - 1)).toEqual([]);
  });

  it('keeps what is to be settled until it is', async () => {
    const jobId = await queue();
    await runs.settleAt(jobId, NOW_MS);
    expect(await runs.settlementsDue('process', NOW_MS - 1, 10)).toEqual([]);
    expect(await runs.settlementsDue('process', NOW_MS, 10)).toEqual([jobId]);
    expect(await runs.isSettling(jobId)).toBe(true);
    await runs.settleAt(jobId, null);
    expect(await runs.isSettling(jobId)).toBe(false);
    await runs.remove(jobId);
    expect(await runs.submission(jobId)).toBeUndefined();
  });

  it('lends the lease to one holder at a time, and to another when it has run out', async () => {
    const holders = Array.from({ length: 8 }, (_, index) => `holder-${index}`);
    const tries = await Promise.all(holders.map((holder) => runs.holdLease('reconcile', holder, NOW_MS, NOW_MS + 100)));
    expect(tries.filter(Boolean)).toHaveLength(1);
    const winner = holders[tries.indexOf(true)] ?? '';
    expect(await runs.holdLease('reconcile', winner, NOW_MS + 50, NOW_MS + 150)).toBe(true);
    expect(await runs.holdLease('reconcile', 'late', NOW_MS + 149, NOW_MS + 300)).toBe(false);
    expect(await runs.holdLease('reconcile', 'late', NOW_MS + 150, NOW_MS + 300)).toBe(true);
    await runs.releaseLease('reconcile', winner);
    expect(await runs.holdLease('reconcile', winner, NOW_MS + 151, NOW_MS + 300)).toBe(false);
    await runs.releaseLease('reconcile', 'late');
    expect(await runs.holdLease('reconcile', winner, NOW_MS + 151, NOW_MS + 300)).toBe(true);
  });
});
