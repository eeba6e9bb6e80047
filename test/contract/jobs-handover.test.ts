import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/index.js';
import { DomainError, type Listeners } from '../../src/http/index.js';
import { Handover, HandoverPapers, HandoverWorld } from '../../src/jobs/handover.js';
import type { Job } from '../../src/jobs/index.js';
import { JobEnvironment } from '../../src/jobs/job-environment.js';
import { Poller } from '../../src/jobs/poller.js';
import { Settler } from '../../src/jobs/settler.js';
import { ProviderRegistry, type ProviderAdapter, type ProviderSettingsService } from '../../src/providers/index.js';
import { jobWorld, orderOf } from '../support/job-world.js';
import { freshHome, processAdapter, reportWhen } from '../support/process-adapter.js';

const MINUTE_MS = 60_000;

/** The real process provider and the real stores; the calls named in `faults` fail, before or after they did their work. */
async function handoverWorld(
  faults: Partial<ProviderAdapter>,
  command = "require('fs').appendFileSync('../diary', 'x')",
) {
  const world = await jobWorld('sqlite');
  const home = freshHome();
  writeFileSync(join(home, 'diary'), '');
  const script = `process.chdir(${JSON.stringify(home)}); ${command.replace('../diary', 'diary')}`;
  const { adapter } = processAdapter({ home, command: [process.execPath, '-e', script] });
  const faulty = new Proxy(adapter, {
    get: (target, name) => {
      const value: unknown = faults[name as keyof ProviderAdapter] ?? Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  const settings = {
    get: () =>
      Promise.resolve({ s3_public_url: '', webhook_url: '', s3_endpoint_enabled: true, max_runtime_minutes: 10 }),
  } as unknown as ProviderSettingsService;
  const listeners = { origin: () => 'http://127.0.0.1:8080' } as unknown as Listeners;
  const config = loadConfig({ SIMPLETUNER_HOME: home });
  const { jobs, runs, uploads, reports, endings, keyring, clock } = world;
  const registry = new ProviderRegistry([faulty]);
  const papers = new HandoverPapers(runs, keyring, new JobEnvironment(config, keyring, listeners, settings, uploads));
  const handover = new Handover(jobs, runs, reports, papers, new HandoverWorld(registry, clock));
  return {
    ...world,
    adapter,
    settler: new Settler(jobs, reports, endings, registry, clock),
    poller: new Poller(registry, settings, reports, endings, clock),
    starts: () => readFileSync(join(home, 'diary'), 'utf8').length,
    /** Claims the oldest job and hands it over, as the dispatcher does; false when none is due. */
    dispatch: async (): Promise<boolean> => {
      const nowMs = clock.now();
      const wish = {
        provider: 'process',
        holder: 'me',
        nowMs,
        untilMs: nowMs + MINUTE_MS,
        concurrencyLimit: undefined,
      };
      const claim = await runs.claim(wish);
      if (claim) await handover.handOver(claim, 'me');
      return claim !== undefined;
    },
  };
}

describe('handing a job over', () => {
  let job: Job;
  let subject: Awaited<ReturnType<typeof handoverWorld>>;
  const prepare = async (faults: Partial<ProviderAdapter>, command?: string): Promise<void> => {
    subject = await handoverWorld(faults, command);
    job = await subject.creation.create(orderOf());
  };
  const now = async (): Promise<Job | undefined> => subject.jobs.find(job.jobId);
  const notes = async (): Promise<(string | null)[]> =>
    (await subject.jobs.timeline(job.jobId, 100)).map(({ note }) => note);

  it('never starts a second run when the first answer was lost, as by a crash', async () => {
    let calls = 0;
    await prepare({
      async submit(this: ProviderAdapter, submission) {
        calls += 1;
        await this.submit(submission);
        throw new DomainError('provider', 'provider_timeout', 'The answer was lost.');
      },
    });
    await subject.dispatch();
    expect(await now()).toMatchObject({ status: 'queued', providerJobId: null });
    expect(await subject.dispatch()).toBe(false);
    subject.clock.advance(5_000);
    await subject.dispatch();
    expect((await now())?.providerJobId).not.toBeNull();
    expect((await notes()).join()).toContain('found at the provider after an interruption');
    expect(calls).toBe(1);
    await reportWhen(subject.adapter, job.jobId, 'completed');
    expect(subject.starts()).toBe(1);
  });

  it('tries again, ever less often, while the provider is out of reach, then fails with the reason', async () => {
    await prepare({
      submit: () => Promise.reject(new DomainError('unavailable', 'provider_unavailable', 'It is closed on Mondays.')),
    });
    const attemptedAtMs: number[] = [];
    while ((await now())?.status === 'queued') {
      if (await subject.dispatch()) attemptedAtMs.push(subject.clock.now());
      subject.clock.advance(5_000);
    }
    const pausesMs = attemptedAtMs.map((atMs, index) => atMs - (attemptedAtMs[index - 1] ?? atMs));
    expect(pausesMs.slice(1, 8)).toEqual([5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000]);
    expect(attemptedAtMs).toHaveLength(24);
    expect(await now()).toMatchObject({
      status: 'failed',
      errorMessage: 'Given up after 24 attempts: It is closed on Mondays.',
    });
  });

  it('fails at once when the provider refuses', async () => {
    await prepare({ submit: () => Promise.reject(new DomainError('provider', 'provider_error', 'No such model.')) });
    await subject.dispatch();
    expect(await now()).toMatchObject({ status: 'failed', errorMessage: 'No such model.' });
    expect(await subject.dispatch()).toBe(false);
  });

  it('says nothing of the inside of the server when that is at fault, and tries again', async () => {
    await prepare({ submit: () => Promise.reject(new TypeError('secret of /etc/passwd')) });
    await subject.dispatch();
    expect((await notes()).join()).not.toContain('passwd');
    expect((await now())?.status).toBe('queued');
  });

  it('ends the run of a job that was cancelled while it was being handed over', async () => {
    await prepare(
      {
        async submit(this: ProviderAdapter, submission) {
          const run = await this.submit(submission);
          await subject.endings.end(submission.jobId, undefined, { source: 'user', id: 'r' });
          return run;
        },
      },
      'setInterval(() => {}, 1000)',
    );
    await subject.dispatch();
    expect(await now()).toMatchObject({ status: 'cancelled' });
    expect(await subject.runs.settlementsDue('process', subject.clock.now(), 9)).toEqual([job.jobId]);
    await subject.settler.settle(job.jobId);
    await reportWhen(subject.adapter, job.jobId, 'cancelled');
    await subject.settler.settle(job.jobId);
    expect(await subject.runs.isSettling(job.jobId)).toBe(false);
  });

  it('keeps asking a provider that refuses to end a run, and takes its bill in the end', async () => {
    let isRefused = true;
    await prepare(
      {
        cancel(this: ProviderAdapter, reference) {
          if (isRefused) throw new DomainError('provider', 'provider_error', 'No.');
          return this.cancel(reference);
        },
      },
      'setInterval(() => {}, 1000)',
    );
    await subject.dispatch();
    await subject.endings.end(job.jobId, undefined, { source: 'user', id: 'r' });
    await expect(subject.settler.settle(job.jobId)).rejects.toThrow('No.');
    expect(await subject.runs.isSettling(job.jobId)).toBe(true);
    expect(await subject.runs.settlementsDue('process', subject.clock.now(), 9)).toEqual([]);
    isRefused = false;
    subject.clock.advance(MINUTE_MS);
    expect(await subject.runs.settlementsDue('process', subject.clock.now(), 9)).toEqual([job.jobId]);
    await subject.settler.settle(job.jobId);
    await reportWhen(subject.adapter, job.jobId, 'cancelled');
    await subject.settler.settle(job.jobId);
    expect(await subject.runs.isSettling(job.jobId)).toBe(false);
    expect(await now()).toMatchObject({ status: 'cancelled', costUsd: 0 });
  });

  it('gives a run up that its provider does not know any more, but not at once', async () => {
    await prepare({ status: () => Promise.resolve(undefined) });
    await subject.dispatch();
    const poll = async () => subject.poller.poll(await subject.jobs.active('', 10));
    await poll();
    subject.clock.advance(10 * MINUTE_MS - 1);
    await poll();
    expect((await now())?.status).not.toBe('failed');
    subject.clock.advance(1);
    await poll();
    expect((await now())?.errorMessage).toContain('no longer knows this run');
  });

  it('cancels a run that takes longer than its provider allows', async () => {
    await prepare({ status: ({ providerJobId }) => Promise.resolve({ providerJobId, status: 'running' as const }) });
    await subject.dispatch();
    await subject.reports.apply(
      job.jobId,
      { status: 'running', startedAtMs: subject.clock.now() },
      { source: 'poll', id: 'p' },
    );
    const poll = async () => subject.poller.poll(await subject.jobs.active('', 10));
    subject.clock.advance(11 * MINUTE_MS);
    await poll();
    expect(await now()).toMatchObject({ status: 'cancelled' });
    expect((await now())?.errorMessage).toContain('longer than the 10 minutes');
    expect(await subject.runs.isSettling(job.jobId)).toBe(true);
  });
});
