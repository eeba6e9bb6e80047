import { afterEach, describe, expect, it, vi } from 'vitest';
import { newId } from '#libs/ids';
import { Lifecycle } from '#libs/worker';
import { loadConfig } from '../../src/config/index.js';
import { SqlFleetTotals } from '../../src/metrics/drivers/sql-fleet-totals.js';
import { FleetCounters } from '../../src/metrics/fleet-counters.js';
import { Metrics } from '../../src/metrics/index.js';
import { Instance } from '../../src/jobs/instance.js';
import type { Job } from '../../src/jobs/index.js';
import { Poller } from '../../src/jobs/poller.js';
import { Reconciler, ReconcilerParts } from '../../src/jobs/reconciler.js';
import { Settler } from '../../src/jobs/settler.js';
import { WorkerWorld } from '../../src/jobs/worker-world.js';
import { ProviderRegistry, type ProviderAdapter, type ProviderSettingsService } from '../../src/providers/index.js';
import { jobWorld, orderOf } from '../support/job-world.js';
import { sqlKinds } from '../support/sql.js';
import { replicateJob, replicateScene } from '../support/replicate-adapter.js';
import type { ReplicateDouble } from '../support/replicate-double.js';

const MINUTE_MS = 60_000;
const POLL_MS = 30_000;
/** How often the reconciler looks for what is due. */
const LOOK_MS = 1_000;
const LAST_SUCCESS = 'simpletuner_reconciler_last_success_timestamp_seconds';

/** The adapter under another name: two providers, each with an API of its own. */
function named(adapter: ProviderAdapter, name: string): ProviderAdapter {
  return new Proxy(adapter, {
    get: (target, field) => {
      const value: unknown = field === 'name' ? name : Reflect.get(target, field);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

/** The real reconciler on a real database, over two providers; its clock stands still. */
async function reconcilerWorld() {
  const world = await jobWorld('sqlite');
  const [good, bad] = await Promise.all([replicateScene(), replicateScene()]);
  const providers = new ProviderRegistry([named(good.adapter, 'good'), named(bad.adapter, 'bad')]);
  const settings = { get: () => Promise.resolve({ max_runtime_minutes: null }) } as unknown as ProviderSettingsService;
  const { jobs, runs, reports, endings, news, clock } = world;
  const poller = new Poller(providers, settings, reports, endings, clock);
  const settler = new Settler(jobs, reports, endings, providers, clock);
  const config = loadConfig({ SIMPLETUNER_JOB_POLL_INTERVAL: String(POLL_MS / 1_000) });
  const parts = new ReconcilerParts(jobs, runs, poller, settler, providers);
  const metrics = new Metrics(new FleetCounters(new SqlFleetTotals(world.database)));
  const reconciler = new Reconciler(
    parts,
    new WorkerWorld(new Instance(), clock, new Lifecycle(), news, config, metrics),
  );
  stops.push(async () => {
    // Calls that hang end with their connections.
    for (const { double } of [good, bad]) double.stop();
    await reconciler.stop();
  });
  const start = async (scene: typeof good, provider: string): Promise<Job> => {
    const job = await world.creation.create(orderOf({ provider }));
    await runs.awaitWebhook(job.jobId);
    const { providerJobId } = await scene.adapter.submit(replicateJob({ jobId: job.jobId }));
    await reports.apply(job.jobId, { providerJobId }, { source: 'dispatcher', id: 'dispatch-1' });
    return (await jobs.find(job.jobId))!;
  };
  const pollsOf = ({ double }: { double: ReplicateDouble }): number =>
    double.requests.filter(({ method, path }) => method === 'GET' && path.startsWith('/v1/predictions/')).length;
  /** When each provider was last asked with success, as operations see it; 0 for never. */
  const reconciledAtMs = async (): Promise<Record<string, number>> => {
    const family = metrics.families.find(({ name }) => name === LAST_SUCCESS);
    // It reads nothing that a scrape would bring along.
    const samples = (await family?.collect?.(undefined as never)) ?? [];
    return Object.fromEntries<number>(
      samples.map(({ labels, value }) => [labels?.['provider'] ?? '', value * 1_000] as const),
    );
  };
  /** Lets time pass, look by look: one that falls into a round under way is passed over. */
  const passUntil = (isSo: () => boolean | Promise<boolean>): Promise<unknown> =>
    vi.waitUntil(
      async () => {
        const isReached = await isSo();
        if (!isReached) clock.advance(LOOK_MS);
        return isReached;
      },
      { timeout: 30_000, interval: 20 },
    );
  return { ...world, good, bad, reconciler, start, pollsOf, reconciledAtMs, passUntil };
}

describe('the reconciler', () => {
  it('sets right within one poll what happened while no webhook could be received', async () => {
    const subject = await reconcilerWorld();
    const { double } = subject.good;
    const started = await Promise.all([1, 2, 3].map(() => subject.start(subject.good, 'good')));
    subject.reconciler.start();
    await vi.waitUntil(() => subject.pollsOf(subject.good) === 3);
    // Five minutes without the server: nobody asks, and no webhook finds a receiver.
    await subject.reconciler.stop();
    const [done, failed, running] = started.map(({ providerJobId }) => providerJobId ?? '');
    double.update(done!, { status: 'succeeded', metrics: { predict_time: 200 } });
    double.update(failed!, { status: 'failed', error: 'CUDA out of memory', metrics: { predict_time: 20 } });
    double.update(running!, { status: 'processing', logs: '[TRAINING] Step 4/10\n' });
    subject.clock.advance(5 * MINUTE_MS);
    subject.reconciler.start();
    const states = async () => Promise.all(started.map(async ({ jobId }) => (await subject.jobs.find(jobId))?.status));
    await vi.waitFor(async () => expect(await states()).toEqual(['completed', 'failed', 'running']));
    expect(subject.pollsOf(subject.good)).toBe(6);
    expect((await subject.jobs.find(started[0]!.jobId))?.costUsd).toBeGreaterThan(0);
    expect(await subject.lostWebhooks.totals()).toEqual([
      { provider: 'good', lost: 2, lastLostAtMs: subject.clock.now() },
    ]);
    const [last] = (await subject.jobs.timeline(started[1]!.jobId, 100)).slice(-1);
    expect(last).toMatchObject({ source: 'poll', toStatus: 'failed' });
    expect(last?.note).toContain('learned by asking: its webhook has not arrived');
  });

  it('writes what polls bring together, and nothing at all of what they find unchanged', async () => {
    const subject = await reconcilerWorld();
    const started = await Promise.all([1, 2, 3].map(() => subject.start(subject.good, 'good')));
    for (const { providerJobId } of started) {
      subject.good.double.update(providerJobId!, { status: 'processing', logs: '[TRAINING] Step 4/10\n' });
    }
    const { database } = subject;
    const transaction = database.transaction.bind(database);
    let writes = 0;
    // A call within a transaction joins it, and is no further write.
    vi.spyOn(database, 'transaction').mockImplementation((work) => {
      if (!database.isInTransaction) writes += 1;
      return transaction(work);
    });
    subject.reconciler.start();
    const states = async () => Promise.all(started.map(async ({ jobId }) => (await subject.jobs.find(jobId))?.status));
    await vi.waitFor(async () => expect(await states()).toEqual(['running', 'running', 'running']));
    expect(writes).toBe(1);
    for (let polls = 2; polls <= 4; polls += 1) {
      subject.clock.advance(POLL_MS);
      await subject.passUntil(() => subject.pollsOf(subject.good) >= 3 * polls);
    }
    const [first] = started;
    subject.good.double.update(first!.providerJobId!, { status: 'succeeded' });
    subject.clock.advance(POLL_MS);
    await subject.passUntil(async () => (await states())[0] === 'completed');
    expect(await states()).toEqual(['completed', 'running', 'running']);
    expect(writes).toBeLessThanOrEqual(3);
  });

  it('keeps up with one provider while another does not answer, and asks that one less and less often', async () => {
    const subject = await reconcilerWorld();
    for (let index = 0; index < 12; index += 1) await subject.start(subject.bad, 'bad');
    const job = await subject.start(subject.good, 'good');
    subject.bad.settings['http_timeout'] = 1_000_000;
    subject.bad.double.faults.push(...Array.from({ length: 12 }, () => ({ kind: 'silence' as const })));
    subject.reconciler.start();
    // All calls to the one hang, and the other is served all the same, poll after poll.
    await vi.waitUntil(() => subject.pollsOf(subject.bad) === 12);
    for (let polls = 1; polls <= 3; polls += 1) {
      await subject.passUntil(() => subject.pollsOf(subject.good) >= polls);
      subject.clock.advance(POLL_MS);
    }
    subject.good.double.update(job.providerJobId!, { status: 'succeeded' });
    subject.clock.advance(POLL_MS);
    await subject.passUntil(async () => (await subject.jobs.find(job.jobId))?.status === 'completed');
    expect(subject.pollsOf(subject.bad)).toBe(12);
  });

  it('asks a provider that fails half as often each time, for one run first, and for all when it is well again', async () => {
    const subject = await reconcilerWorld();
    const job = await subject.start(subject.bad, 'bad');
    await subject.start(subject.bad, 'bad');
    const { double } = subject.bad;
    // A refusal to answer that is not worth waiting for inside a call.
    const busy = { kind: 'status' as const, status: 429, headers: { 'Retry-After': '3600' } };
    double.faults.push(busy, busy, busy, busy);
    subject.reconciler.start();
    await vi.waitUntil(() => subject.pollsOf(subject.bad) === 2);
    const pauses: number[] = [];
    for (const polls of [3, 4]) {
      let pauseMs = 0;
      await vi.waitFor(
        () => {
          if (subject.pollsOf(subject.bad) >= polls) return;
          pauseMs += 1_000;
          subject.clock.advance(1_000);
          throw new Error('not asked yet');
        },
        { timeout: 20_000, interval: 10 },
      );
      pauses.push(pauseMs);
    }
    const [first = 0, second = 0] = pauses;
    expect(first).toBeGreaterThan(1.7 * POLL_MS);
    // Twice as long again; what passes while a question is on its way counts to the pause before it.
    expect(first + second).toBeGreaterThan((1.7 + 2 * 1.7) * POLL_MS);
    double.update(job.providerJobId!, { status: 'succeeded' });
    subject.clock.advance(5 * MINUTE_MS);
    await subject.passUntil(async () => (await subject.jobs.find(job.jobId))?.status === 'completed');
    await vi.waitUntil(() => subject.pollsOf(subject.bad) >= 6);
  });

  it('tells of a success with those providers that were asked and have answered, and of none with the others', async () => {
    const subject = await reconcilerWorld();
    await Promise.all([subject.start(subject.good, 'good'), subject.start(subject.bad, 'bad')]);
    const active = vi.spyOn(subject.jobs, 'active').mockRejectedValue(new Error('the table is locked'));
    subject.reconciler.start();
    await vi.waitUntil(() => active.mock.results.length >= 2);
    await subject.reconciler.stop();
    expect(await subject.reconciledAtMs()).toEqual({ good: 0, bad: 0 });
    active.mockRestore();
    const busy = { kind: 'status' as const, status: 429, headers: { 'Retry-After': '3600' } };
    subject.good.double.faults.push(busy);
    subject.bad.double.faults.push(busy, busy);
    subject.reconciler.start();
    await vi.waitUntil(() => subject.pollsOf(subject.good) === 1 && subject.pollsOf(subject.bad) === 1);
    await subject.reconciler.stop();
    expect(await subject.reconciledAtMs()).toEqual({ good: 0, bad: 0 });
    // One is well again, the other is not.
    subject.clock.advance(2 * POLL_MS);
    subject.reconciler.start();
    await vi.waitFor(async () => expect(await subject.reconciledAtMs()).toEqual({ good: subject.clock.now(), bad: 0 }));
    await vi.waitUntil(() => subject.pollsOf(subject.bad) === 2);
  });

  it('tells of no success with a provider that refuses every question, and asks it no less often', async () => {
    const subject = await reconcilerWorld();
    await Promise.all([1, 2].map(() => subject.start(subject.bad, 'bad')));
    const refusal = { kind: 'status' as const, status: 403 };
    subject.bad.double.faults.push(refusal, refusal, refusal);
    subject.reconciler.start();
    await vi.waitUntil(() => subject.pollsOf(subject.bad) === 2);
    await vi.waitFor(async () => expect(await subject.reconciledAtMs()).toMatchObject({ good: subject.clock.now() }));
    expect(await subject.reconciledAtMs()).toMatchObject({ bad: 0 });
    // One of the two is still refused: that is about this run.
    subject.clock.advance(POLL_MS);
    await vi.waitUntil(() => subject.pollsOf(subject.bad) === 4);
    await vi.waitFor(async () => expect(await subject.reconciledAtMs()).toMatchObject({ bad: subject.clock.now() }));
  });
});

describe.each(sqlKinds)('LostWebhooks over %s', (kind) => {
  it('counts each end that no webhook told once, whoever asks, and keeps no count of what is rolled back', async () => {
    const { lostWebhooks, reports, runs, creation, database, clock } = await jobWorld(kind);
    const end = (jobId: string, isUnprompted: boolean, id = `poll-${newId()}`) =>
      reports.apply(jobId, { status: 'completed' }, { source: 'poll', id, isUnprompted });
    const submitted = async (): Promise<string> => {
      const { jobId } = await creation.create(orderOf({ provider: 'replicate' }));
      await runs.awaitWebhook(jobId);
      return jobId;
    };
    const jobIds = await Promise.all([submitted(), submitted(), submitted(), submitted()]);
    await Promise.all(jobIds.flatMap((jobId) => [end(jobId, true), end(jobId, true)]));
    expect(await lostWebhooks.totals()).toEqual([{ provider: 'replicate', lost: 4, lastLostAtMs: clock.now() }]);
    // Told or hinted at; never asked for; told by the webhook first; undone.
    await end(await submitted(), false);
    await end((await creation.create(orderOf({ provider: 'replicate' }))).jobId, true);
    const told = await submitted();
    await reports.apply(told, { status: 'completed' }, { source: 'webhook', id: 'delivery' });
    await end(told, true);
    const undone = await submitted();
    const failing = database.transaction(async () => {
      await end(undone, true);
      throw new Error('undone');
    });
    await expect(failing).rejects.toThrow('undone');
    expect(await lostWebhooks.totals()).toMatchObject([{ provider: 'replicate', lost: 4 }]);
  });
});
