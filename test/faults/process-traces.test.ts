import { existsSync, readdirSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import {
  firstLineAsPid,
  freshHome,
  processAdapter,
  reference,
  reportWhen,
  shell,
  submissionOf,
  submitted,
  supervisorOf,
  workFolder,
} from '../support/process-adapter.js';
import { isAlive as pidIsAlive } from '../support/servers.js';

const home = freshHome();

describe('a log', () => {
  it('is bounded however much is written, keeps the newest, and says that something is missing', async () => {
    const script =
      'i=0; while [ $i -lt 200000 ]; do echo "line $i of an endless log"; i=$((i+1)); done; echo "the end"';
    const { adapter } = processAdapter({ home, command: shell(script), world: { logSegmentBytes: 65_536 } });
    const { jobId } = await submitted(adapter);
    await reportWhen(adapter, jobId, 'completed');
    const sizes = readdirSync(workFolder(home, jobId)).map(
      (name) => statSync(join(workFolder(home, jobId), name)).size,
    );
    // Two segments, each of at most one batch (4 MiB) more than its size.
    expect(Math.max(...sizes)).toBeLessThan(65_536 + 4_194_304);
    const logs = await adapter.logs(reference(jobId), 2_000);
    expect(Buffer.byteLength(logs)).toBeLessThanOrEqual(2_000);
    expect(logs).toMatch(/^\[earlier output is not shown\]\nline \d+ of an endless log\n/);
    expect(logs).toMatch(/line 199999 of an endless log\nthe end\n$/);
    expect(await adapter.logs(reference(jobId), 50_000_000)).toContain('[earlier output is not shown]');
  });

  it('without an end fills no disk and stands in nobody’s way', async () => {
    const { adapter } = processAdapter({ home, command: ['yes'], world: { logSegmentBytes: 65_536 } });
    const { jobId } = await submitted(adapter);
    await vi.waitUntil(() => existsSync(join(workFolder(home, jobId), 'log.cut')), { timeout: 20_000 });
    expect((await adapter.status(reference(jobId)))?.status).toBe('running');
    const log = readdirSync(workFolder(home, jobId)).filter((name) => name.startsWith('log'));
    const bytes = log.reduce(
      (sum, name) => sum + (statSync(join(workFolder(home, jobId), name), { throwIfNoEntry: false })?.size ?? 0),
      0,
    );
    expect(bytes).toBeLessThan(2 * (65_536 + 4_194_304));
    await adapter.cancel(reference(jobId));
    await reportWhen(adapter, jobId, 'cancelled');
  });

  it('never shows the secrets that the run was given, also to a later server', async () => {
    const environment = {
      AWS_SECRET_ACCESS_KEY: 'abcdefghijklmnop-qrstuvwxyz_0123456789',
      SIMPLETUNER_WEBHOOK_SECRET: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    };
    const { adapter } = processAdapter({ home, command: shell('env; cat "$SIMPLETUNER_CONFIG_FILE"; exit 5') });
    const { jobId } = await submitted(adapter, {
      environment,
      config: { nested: { tracker_api_key: 'opensesame' } },
      env: { WANDB_API_KEY: '0a1b2c3d4e5f' },
    });
    await reportWhen(adapter, jobId, 'failed');
    const later = processAdapter({ home, command: [] }).adapter;
    const shown = JSON.stringify([await later.logs(reference(jobId), 100_000), await later.find(jobId)]);
    expect(shown).toContain('AWS_SECRET_ACCESS_KEY=[redacted]');
    for (const secret of [...Object.values(environment), 'opensesame', '0a1b2c3d4e5f'])
      expect(shown).not.toContain(secret);
    expect(readFileSync(join(workFolder(home, jobId), 'run.json'), 'utf8')).not.toContain('opensesame');
  });
});

describe('the environment of a run', () => {
  it('is clean: nothing of the server’s own, and what the server hands out wins over the submitter', async () => {
    vi.stubEnv('SIMPLETUNER_SECRET_KEY', 'the master key of the server, 32 characters');
    vi.stubEnv('CUDA_VISIBLE_DEVICES', '3');
    const { adapter } = processAdapter({ home, command: ['env'] });
    vi.unstubAllEnvs();
    const { jobId } = await submitted(adapter, {
      env: { EXTRA: 'added', SIMPLETUNER_JOB_ID: 'forged', SIMPLETUNER_CONFIG_FILE: '/etc/passwd' },
      environment: { SIMPLETUNER_JOB_ID: 'ours' },
    });
    await reportWhen(adapter, jobId, 'completed');
    const logs = await adapter.logs(reference(jobId), 100_000);
    expect(logs).toContain('EXTRA=added\n');
    expect(logs).toContain('SIMPLETUNER_JOB_ID=ours\n');
    expect(logs).toContain('CUDA_VISIBLE_DEVICES=3\n');
    expect(logs).toContain(`SIMPLETUNER_CONFIG_FILE=${workFolder(home, jobId)}/config.json\n`);
    expect(logs).not.toContain('SIMPLETUNER_SECRET_KEY');
    expect(logs).not.toContain('npm_');
  });

  it.each(['LD_PRELOAD', 'PATH', 'NODE_OPTIONS', 'BASH_ENV', 'A B', ''])(
    'refuses to let a job set %j',
    async (name) => {
      const { adapter } = processAdapter({ home, command: ['true'] });
      const submission = submissionOf({ env: { [name]: '/tmp/evil.so' } });
      await expect(adapter.submit(submission)).rejects.toMatchObject({ code: 'provider_error' });
      expect(existsSync(workFolder(home, submission.jobId))).toBe(false);
    },
  );
});

describe('what a run leaves on this machine', () => {
  it('goes with the job, but not while the run still ends', async () => {
    const { adapter, sweeper } = processAdapter({
      home,
      command: shell('trap "sleep 1; exit 0" TERM; echo $$; while :; do sleep 0.1; done'),
    });
    const { jobId } = await submitted(adapter);
    await firstLineAsPid(adapter, jobId);
    await adapter.cancel(reference(jobId));
    await adapter.forget(jobId);
    expect(existsSync(workFolder(home, jobId))).toBe(true);
    await vi.waitUntil(() => existsSync(join(workFolder(home, jobId), 'drained')), { timeout: 10_000 });
    await vi.waitUntil(() => !pidIsAlive(supervisorOf(home, jobId)));
    await sweeper.start();
    await vi.waitUntil(() => !existsSync(workFolder(home, jobId)));
    await sweeper.stop();
  });

  it('goes after thirty days', async () => {
    const { adapter, sweeper } = processAdapter({ home, command: ['true'] });
    const { jobId: older } = await submitted(adapter);
    const { jobId: newer } = await submitted(adapter);
    for (const [jobId, days] of [
      [older, 31],
      [newer, 29],
    ] as const) {
      await reportWhen(adapter, jobId, 'completed');
      const seconds = Date.now() / 1_000 - days * 86_400;
      utimesSync(join(workFolder(home, jobId), 'exit'), seconds, seconds);
    }
    await sweeper.start();
    // The newest are looked at first: when the older one is gone, the newer one has been spared.
    await vi.waitUntil(() => !existsSync(workFolder(home, older)));
    expect(existsSync(workFolder(home, newer))).toBe(true);
    await sweeper.stop();
  });
});
