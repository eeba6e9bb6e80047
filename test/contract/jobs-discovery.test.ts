import { beforeEach, describe, expect, it } from 'vitest';
import { newId } from '#libs/ids';
import { JobAdoption } from '../../src/jobs/job-adoption.js';
import { JobDiscovery } from '../../src/jobs/job-discovery.js';
import type { Job } from '../../src/jobs/index.js';
import { ProviderRegistry } from '../../src/providers/index.js';
import { jobWorld, orderOf } from '../support/job-world.js';
import { replicateJob, replicateScene, type Scene } from '../support/replicate-adapter.js';
import { sqlKinds } from '../support/sql.js';

const finder = {
  userId: 'me',
  actor: { id: 'user:me', userId: 'me', address: null },
  requestId: 'request-7',
  correlationId: 'c',
};

describe.each(sqlKinds)('looking for runs at the providers, over %s', (kind) => {
  let scene: Scene;
  let subject: Awaited<ReturnType<typeof discoveryWorld>>;

  async function discoveryWorld() {
    const world = await jobWorld(kind);
    const { database, tables, jobs, reports, news, audit, clock } = world;
    const adoption = new JobAdoption(database, tables, reports, news, audit);
    const discovery = new JobDiscovery(new ProviderRegistry([scene.adapter]), adoption, jobs, reports, clock);
    return { ...world, discover: (all = false) => discovery.discover({ all }, finder) };
  }

  beforeEach(async () => {
    scene = await replicateScene();
    subject = await discoveryWorld();
    subject.clock.advance(365 * 86_400_000);
  });

  const all = (): Promise<Job[]> => subject.jobs.list({}, { limit: 100, offset: 0 });

  it('imports what is not known, with its state, timeline and audit record, however often and however many ask', async () => {
    const run = await scene.adapter.submit(replicateJob({ jobId: 'none of ours', hardwareProfile: 'h100' }));
    const other = await scene.adapter.submit(replicateJob({ jobId: '', hardwareProfile: 'l40s' }));
    scene.double.update(run.providerJobId, { status: 'processing' });
    scene.double.update(run.providerJobId, { status: 'succeeded', metrics: { predict_time: 100 } });
    const answers = await Promise.all([subject.discover(), subject.discover(), subject.discover()]);
    expect(answers.reduce((sum, { synced }) => sum + synced, 0)).toBe(2);
    expect(await subject.discover()).toEqual({ synced: 0, updated: 0, message: '0 jobs imported, 0 jobs updated.' });

    const jobs = await all();
    expect(jobs.map(({ providerJobId }) => providerJobId).sort()).toEqual(
      [run, other].map((one) => one.providerJobId).sort(),
    );
    const [done] = jobs.filter(({ providerJobId }) => providerJobId === run.providerJobId);
    expect(done).toMatchObject({
      ...{ provider: 'replicate', status: 'completed', userId: 'me', hardwareType: 'h100' },
      metadata: { imported: true, model: 'simpletuner/advanced-trainer-h100' },
    });
    expect(done?.costUsd).toBeCloseTo(0.1525, 6);
    expect(done?.createdAtMs).toBe(Date.parse(scene.double.predictions[1]!.created_at));
    const timeline = await subject.jobs.timeline(done!.jobId, 10);
    expect(timeline.map(({ source, fromStatus, toStatus }) => [source, fromStatus, toStatus])).toEqual([
      ['user', null, 'queued'],
      ['user', 'queued', 'completed'],
    ]);
    expect(timeline[0]?.note).toContain('imported');
    const submitted = subject.audit.events.filter(({ targetId }) => targetId === done?.jobId);
    expect(submitted).toMatchObject([{ type: 'job.submitted', actor: finder.actor, details: { is_imported: true } }]);
    // Nobody submitted it here, so nothing is there to submit again; it can be followed and cancelled all the same.
    expect(await subject.runs.submission(done!.jobId)).toBeUndefined();
    expect((await subject.jobs.active('', 10)).map(({ providerJobId }) => providerJobId)).toEqual([
      other.providerJobId,
    ]);
  });

  it('leaves runs of other models alone, unless they are asked for', async () => {
    const { providerJobId } = await scene.adapter.submit(replicateJob());
    Object.assign(scene.double.update(providerJobId, {}), { model: 'stability-ai/sdxl' });
    expect(await subject.discover()).toMatchObject({ synced: 0 });
    expect(await subject.discover(true)).toMatchObject({ synced: 1, message: '1 job imported, 0 jobs updated.' });
    expect(await all()).toMatchObject([{ providerJobId, costUsd: null, metadata: { model: 'stability-ai/sdxl' } }]);
  });

  it('updates the jobs that are known, by the id of the provider or by the tag of the run', async () => {
    const known = await subject.creation.create(orderOf({ provider: 'replicate' }));
    const unrecorded = await subject.creation.create(orderOf({ provider: 'replicate' }));
    const submit = ({ jobId }: Job) =>
      scene.adapter.submit(
        replicateJob({ jobId, webhookUrl: `https://h.example.com/api/webhooks/replicate?job=${jobId}` }),
      );
    const { providerJobId } = await submit(known);
    await subject.reports.apply(known.jobId, { providerJobId }, { source: 'dispatcher', id: 'dispatch-1' });
    await submit(unrecorded);
    scene.double.update(providerJobId, { status: 'failed', error: 'out of memory' });
    expect(await subject.discover()).toMatchObject({ synced: 0, updated: 2 });
    expect(await subject.jobs.find(known.jobId)).toMatchObject({ status: 'failed', errorMessage: 'out of memory' });
    expect((await subject.jobs.find(unrecorded.jobId))?.providerJobId).toBe(scene.double.predictions[0]?.id);
    expect(await subject.lostWebhooks.totals()).toEqual([]);
  });

  it('gives a run whose job is gone its former id, which its webhooks and files name', async () => {
    const jobId = newId();
    await scene.adapter.submit(
      replicateJob({ jobId, webhookUrl: `https://h.example.com/api/webhooks/replicate?job=${jobId}` }),
    );
    expect(await subject.discover()).toMatchObject({ synced: 1 });
    expect(await all()).toMatchObject([{ jobId }]);
  });

  it('says that a provider cannot be asked', async () => {
    scene.double.stop();
    await expect(subject.discover()).rejects.toMatchObject({ code: 'provider_unavailable' });
    expect(await all()).toEqual([]);
  });
});
