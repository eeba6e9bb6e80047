import { AsyncResource } from 'node:async_hooks';
import { beforeEach, describe, expect, it } from 'vitest';
import { newId } from '#libs/ids';
import { CostLimits } from '../../src/jobs/cost-limits.js';
import { SqlIdempotencyRepository } from '../../src/jobs/drivers/sql-idempotency.repository.js';
import { JobSubmissions, type Submitted } from '../../src/jobs/job-submissions.js';
import { Settler } from '../../src/jobs/settler.js';
import { SubmissionKeys } from '../../src/jobs/submission-keys.js';
import { ProviderRegistry } from '../../src/providers/provider-registry.js';
import { jobWorld, orderOf } from '../support/job-world.js';
import { CREATED_MS } from '../support/jobs.js';
import { replicateJob, replicateScene, type Scene } from '../support/replicate-adapter.js';
import { sqlKinds } from '../support/sql.js';

const DAY_MS = 86_400_000;
const replicateOrder = () => orderOf({ provider: 'replicate' });

describe.each(sqlKinds)('cost limits over %s', (kind) => {
  let scene: Scene;
  let world: Awaited<ReturnType<typeof limitedWorld>>;

  async function limitedWorld() {
    const base = await jobWorld(kind);
    const { database, tables, creation, jobs, costs, clock } = base;
    const settings = { get: () => Promise.resolve(scene.settings as never), describe: undefined };
    const providers = new ProviderRegistry([scene.adapter]);
    const limits = new CostLimits(costs, settings as never, providers, clock);
    const settler = new Settler(jobs, base.reports, base.endings, providers, clock);
    const keys = new SubmissionKeys(new SqlIdempotencyRepository(database), jobs, clock);
    const submissions = new JobSubmissions(database, tables, creation, keys, limits);
    const status = async () => (await limits.statuses('replicate'))[0]!;
    /** A job that has run to its end at this cost. */
    const past = async (costUsd: number): Promise<string> => {
      const { jobId } = await submissions.submit(replicateOrder());
      await base.reports.apply(jobId, { status: 'completed', costUsd }, { source: 'poll', id: newId() });
      return jobId;
    };
    /** A job that runs at the provider, and the provider's id of its run. */
    const running = async (): Promise<{ jobId: string; providerJobId: string }> => {
      const { jobId } = await submissions.submit(replicateOrder());
      const run = await scene.adapter.submit(replicateJob({ jobId }));
      await base.reports.apply(jobId, run, { source: 'dispatcher', id: newId() });
      return { jobId, providerJobId: run.providerJobId };
    };
    return { ...base, limits, submissions, settler, status, past, running };
  }

  const limit = (amount: number | null, action: 'block' | 'warn' = 'block', period = 'monthly'): void => {
    Object.assign(scene.settings, {
      cost_limit_enabled: true,
      cost_limit_amount: amount,
      cost_limit_action: action,
      cost_limit_period: period,
    });
  };

  beforeEach(async () => {
    scene = await replicateScene();
    world = await limitedWorld();
  });

  it('let as many of many parallel jobs through as the limit has room for', async () => {
    await world.past(2);
    limit(11);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 16 }, () => world.submissions.submit(replicateOrder())),
    );
    // 2 spent, and 2 expected of each: four jobs make ten, a fifth would make twelve.
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(4);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected')
        expect(outcome.reason).toMatchObject({
          kind: 'limited',
          code: 'cost_limit_exceeded',
          message: expect.stringContaining('Cost limit') as string,
        });
    expect(await world.status()).toMatchObject({ spentUsd: 2, reservedUsd: 8 });
    expect((await world.status()).percentUsed).toBeCloseTo((10 / 11) * 100, 6);
    expect(await world.jobs.count({ provider: 'replicate' })).toBe(5);
  });

  it('follow what jobs really cost, once they have ended, and free what was expected of them', async () => {
    await world.past(4);
    limit(9);
    const { jobId } = await world.submissions.submit(replicateOrder());
    expect(await world.jobs.find(jobId)).toMatchObject({ estimatedCostUsd: 4 });
    await expect(world.submissions.submit(replicateOrder())).rejects.toThrow('Cost limit');
    await world.endings.end(jobId, undefined, { source: 'user', id: 'cancel' });
    expect(await world.status()).toMatchObject({ spentUsd: 4, reservedUsd: 0 });
    await world.reports.apply(jobId, { costUsd: 0.5 }, { source: 'poll', id: 'bill' });
    expect(await world.status()).toMatchObject({ spentUsd: 4.5, reservedUsd: 0 });
  });

  it('keep counting a cancelled job as expected until its provider has ended the run, then as what it cost', async () => {
    await world.past(4);
    limit(9);
    const { jobId, providerJobId } = await world.running();
    await world.endings.end(jobId, undefined, { source: 'user', id: 'cancel' });
    scene.double.faults.push({ kind: 'status', status: 403 });
    await expect(world.settler.settle(jobId)).rejects.toThrow();
    await world.reports.apply(jobId, { costUsd: 0.1 }, { source: 'webhook', id: 'so far' });
    expect(await world.jobs.find(jobId)).toMatchObject({ status: 'cancelled' });
    expect(await world.status()).toMatchObject({ spentUsd: 4, reservedUsd: 4 });
    await expect(world.submissions.submit(replicateOrder())).rejects.toThrow('Cost limit');
    const completed_at = new Date(CREATED_MS).toISOString();
    scene.double.update(providerJobId, { status: 'canceled', completed_at, metrics: { predict_time: 600 } });
    await world.settler.settle(jobId);
    const costUsd = (await world.jobs.find(jobId))?.costUsd ?? 0;
    expect(costUsd).toBeGreaterThan(0.1);
    expect(await world.status()).toMatchObject({ spentUsd: 4 + costUsd, reservedUsd: 0 });
  });

  // On SQLite transactions take turns: nothing is settled while another one is open.
  const inServersOnly = kind === 'sqlite' ? () => undefined : it;

  inServersOnly(
    'free what was expected also when the bill comes in a transaction older than the settlement',
    async () => {
      await world.past(4);
      const { jobId, providerJobId } = await world.running();
      await world.endings.end(jobId, undefined, { source: 'user', id: 'cancel' });
      const completed_at = new Date(CREATED_MS).toISOString();
      scene.double.update(providerJobId, { status: 'canceled', completed_at });
      const settleMeanwhile = AsyncResource.bind(() => world.settler.settle(jobId));
      await world.database.transaction(async () => {
        await world.jobs.find(jobId);
        await settleMeanwhile();
        await world.reports.apply(jobId, { costUsd: 3 }, { source: 'webhook', id: 'bill' });
      });
      expect(await world.status()).toMatchObject({ spentUsd: 7, reservedUsd: 0 });
    },
  );

  it('are not evaded by deleting jobs', async () => {
    const jobId = await world.past(5);
    limit(5);
    await world.jobs.remove(jobId);
    await expect(world.submissions.submit(replicateOrder())).rejects.toMatchObject({ code: 'cost_limit_exceeded' });
  });

  it('begin anew with each period, but count jobs that still run', async () => {
    await world.past(6);
    limit(10, 'block', 'daily');
    const running = (await world.submissions.submit(replicateOrder()).catch((error: unknown) => error)) as Error;
    expect(running.message).toContain('$6.00 spent');
    limit(12, 'block', 'daily');
    await world.submissions.submit(replicateOrder());
    world.clock.advance(DAY_MS);
    expect(await world.status()).toMatchObject({
      spentUsd: 0,
      reservedUsd: 6,
      period: { startMs: CREATED_MS + DAY_MS, endMs: CREATED_MS + 2 * DAY_MS },
    });
    limit(12, 'block', 'weekly');
    expect(await world.status()).toMatchObject({ spentUsd: 6, reservedUsd: 6, percentUsed: 100 });
  });

  it('warn where they do not block, and before they are reached', async () => {
    await world.past(4);
    const warning = async (): Promise<Submitted['costLimitWarning']> =>
      (await world.submissions.submit(replicateOrder())).costLimitWarning;
    limit(100);
    expect(await warning()).toBeNull();
    limit(12);
    expect(await warning()).toContain('Cost limit of replicate ($12.00 monthly) is near');
    limit(12, 'warn');
    expect(await warning()).toContain('is exceeded');
  });

  it('limit nothing without an amount, and everything at zero', async () => {
    limit(null);
    await world.submissions.submit(replicateOrder());
    expect(await world.status()).toMatchObject({ limitUsd: null, percentUsed: null });
    limit(0);
    await expect(world.submissions.submit(replicateOrder())).rejects.toThrow('Cost limit');
    expect((await world.status()).percentUsed).toBe(100);
    scene.settings['cost_limit_enabled'] = false;
    await world.submissions.submit(replicateOrder());
  });

  it('expect the longest run that is allowed, while no run has shown its cost', async () => {
    limit(10);
    scene.settings['max_runtime_minutes'] = 60;
    const { jobId } = await world.submissions.submit(
      orderOf({ provider: 'replicate', submission: { ...orderOf().submission, hardwareProfile: 'h100' } }),
    );
    expect((await world.jobs.find(jobId))?.estimatedCostUsd).toBeCloseTo(0.001525 * 3_600, 9);
  });

  it('expect what completed runs cost, however many failed or were cancelled at once', async () => {
    await world.past(4);
    for (const status of ['failed', 'cancelled'] as const) {
      const { jobId } = await world.submissions.submit(replicateOrder());
      await world.reports.apply(jobId, { status, costUsd: 0.02 }, { source: 'poll', id: newId() });
    }
    await world.past(6);
    const { jobId } = await world.submissions.submit(replicateOrder());
    expect(await world.jobs.find(jobId)).toMatchObject({ estimatedCostUsd: 5 });
  });

  it('tell those who repeat a key of its job, also when that job has used the limit up', async () => {
    await world.past(4);
    limit(8);
    const key = { key: 'same', wish: { a: 1 } };
    const outcomes = await Promise.all(
      Array.from({ length: 6 }, () => world.submissions.submit(replicateOrder(), key)),
    );
    expect(new Set(outcomes.map(({ jobId }) => jobId)).size).toBe(1);
    expect(outcomes.filter(({ isReplay }) => !isReplay)).toHaveLength(1);
  });
});
