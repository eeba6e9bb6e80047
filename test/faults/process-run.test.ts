import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { newId } from '#libs/ids';
import { HastenedClock } from '../support/hastened-clock.js';
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

describe('a run that ends by itself', () => {
  it('is completed by exit code 0, with its cost, its progress and its files', async () => {
    const script =
      'echo "[TRAINING] Step 4/4 (100.0%)"; cat "$SIMPLETUNER_CONFIG_FILE" "$SIMPLETUNER_DATALOADER_FILE"; echo over >&2';
    const { adapter } = processAdapter({ home, command: shell(script), settings: { cost_per_hour: 3_600_000 } });
    const submission = submissionOf({ config: { rank: 8 }, dataloaderConfig: [{ id: 'photos' }] });
    const begun = await adapter.submit(submission);
    expect(begun).toMatchObject({ providerJobId: submission.jobId, hardwareType: 'local' });
    const done = await reportWhen(adapter, submission.jobId, 'completed');
    expect(done.progress).toMatchObject({ stage: 'Training', current: 4, total: 4, percent: 100 });
    const runtimeMs = done.completedAtMs! - done.startedAtMs!;
    expect(runtimeMs).toBeGreaterThanOrEqual(0);
    expect(done.costUsd).toBeGreaterThan(0);
    // 3.6 million dollars an hour are a dollar a millisecond; the times are told in whole milliseconds.
    expect(Math.abs(done.costUsd! - runtimeMs)).toBeLessThanOrEqual(1);
    const logs = await adapter.logs(reference(submission.jobId), 100_000);
    expect(logs).toContain('"rank": 8');
    expect(logs).toContain('"id": "photos"');
    expect(logs).toContain('over\n');
    expect(statSync(workFolder(home, submission.jobId)).mode & 0o777).toBe(0o700);
    for (const file of ['config.json', 'dataloader.json', 'run.json'])
      expect(statSync(join(workFolder(home, submission.jobId), file)).mode & 0o777).toBe(0o600);
  });

  it('fails with its exit code and the last lines of its log', async () => {
    const { adapter } = processAdapter({ home, command: shell('echo first; echo "CUDA out of memory" >&2; exit 1') });
    const { jobId } = await submitted(adapter);
    const failed = await reportWhen(adapter, jobId, 'failed');
    expect(failed.errorMessage).toBe('The trainer exited with code 1. Its last lines:\nfirst\nCUDA out of memory');
  });

  it('ends when its command has ended, whatever that has left behind', async () => {
    const { adapter } = processAdapter({ home, command: shell('sleep 1000 & echo $!; exit 0') });
    const { jobId } = await submitted(adapter);
    await reportWhen(adapter, jobId, 'completed');
    const helper = await firstLineAsPid(adapter, jobId);
    await vi.waitUntil(() => !pidIsAlive(helper));
  });
});

describe('a run whose folder is taken away', () => {
  it('ends without a trace: its supervisor does not wait for ever', async () => {
    const { adapter } = processAdapter({ home, command: shell('echo $$; sleep 1000') });
    const { jobId } = await submitted(adapter);
    const trainer = await firstLineAsPid(adapter, jobId);
    const supervisor = supervisorOf(home, jobId);
    rmSync(workFolder(home, jobId), { recursive: true });
    process.kill(trainer, 'SIGTERM');
    await vi.waitUntil(() => !pidIsAlive(supervisor), { timeout: 4_000 });
  });
});

describe('a command that cannot be run', () => {
  it('is named when it does not exist, and when nobody has set one', async () => {
    const missing = processAdapter({ home, command: ['no-such-trainer', '--fast'] }).adapter;
    const submission = submissionOf();
    await expect(missing.submit(submission)).rejects.toMatchObject({
      code: 'provider_error',
      message: 'The trainer command "no-such-trainer" was not found (ENOENT).',
    });
    expect(await missing.find(submission.jobId)).toBeUndefined();
    expect(existsSync(workFolder(home, submission.jobId))).toBe(false);
    expect(await missing.validate()).toMatchObject({ isValid: false });
    const unset = processAdapter({ home, command: [] }).adapter;
    await expect(unset.submit(submissionOf())).rejects.toMatchObject({ code: 'provider_error' });
    expect(await unset.isConfigured()).toBe(false);
  });

  it('is refused when its working directory is not there', async () => {
    const { adapter } = processAdapter({
      home,
      command: ['true'],
      settings: { working_directory: join(home, 'gone') },
    });
    await expect(adapter.submit(submissionOf())).rejects.toThrow('The working directory');
  });

  it('is refused when the file may not be executed, and fails clearly when the system cannot run it', async () => {
    const file = join(home, 'trainer');
    writeFileSync(file, 'not a program', { mode: 0o600 });
    const { adapter } = processAdapter({ home, command: [file] });
    await expect(adapter.submit(submissionOf())).rejects.toMatchObject({
      code: 'provider_error',
      message: `The trainer command ${JSON.stringify(file)} is no file that may be executed (EACCES).`,
    });
    writeFileSync(file, '#!/no/such/interpreter\n');
    chmodSync(file, 0o700);
    const { jobId } = await submitted(adapter);
    const failed = await reportWhen(adapter, jobId, 'failed');
    expect(failed.errorMessage).toMatch(/could not be executed|was not found/);
  });

  it('is not offered while others can reach the ops listener, unless the operator says so', () => {
    const open = { SIMPLETUNER_HOST: '0.0.0.0' };
    const offer = (environment: Record<string, string>) =>
      processAdapter({ home, command: ['true'], environment }).adapter.isOffered;
    expect(offer({ SIMPLETUNER_HOST: '127.0.0.1' })).toBe(true);
    expect(offer({ SIMPLETUNER_HOST: '::1' })).toBe(true);
    expect(offer(open)).toBe(false);
    expect(offer({ ...open, SIMPLETUNER_PROCESS_PROVIDER: 'true' })).toBe(true);
  });
});

describe('a run that has to be ended', () => {
  it('ends in good order on cancel, the whole group of it', async () => {
    const script = 'trap "echo saved; exit 143" TERM; echo $$; while :; do sleep 0.1; done';
    const { adapter } = processAdapter({ home, command: shell(script) });
    const { jobId } = await submitted(adapter);
    const trainer = await firstLineAsPid(adapter, jobId);
    await adapter.cancel(reference(jobId));
    const cancelled = await reportWhen(adapter, jobId, 'cancelled');
    expect(cancelled.rawStatus).toBe('exited 143');
    expect(cancelled.errorMessage).toBeUndefined();
    expect(await adapter.logs(reference(jobId), 1_000)).toContain('saved\n');
    expect(pidIsAlive(trainer)).toBe(false);
    await expect(adapter.cancel(reference(jobId))).resolves.toBeUndefined();
  });

  it('is killed when it does not heed SIGTERM', async () => {
    const clock = new HastenedClock(100);
    const script = 'trap "" TERM; echo $$; while :; do sleep 0.1; done';
    const { adapter } = processAdapter({ home, command: shell(script), world: { clock } });
    const { jobId } = await submitted(adapter);
    const trainer = await firstLineAsPid(adapter, jobId);
    await adapter.cancel(reference(jobId));
    const cancelled = await reportWhen(adapter, jobId, 'cancelled');
    expect(cancelled.rawStatus).toBe('gone');
    await vi.waitUntil(() => !pidIsAlive(trainer));
  });

  it('is told apart when somebody else kills the trainer, its supervisor or the whole group', async () => {
    const { adapter } = processAdapter({ home, command: shell('echo $$; sleep 1000') });
    const trainerKilled = (await submitted(adapter)).jobId;
    process.kill(await firstLineAsPid(adapter, trainerKilled), 'SIGKILL');
    expect((await reportWhen(adapter, trainerKilled, 'failed')).errorMessage).toContain('ended by the signal SIGKILL');
    const supervisorKilled = (await submitted(adapter)).jobId;
    const orphan = await firstLineAsPid(adapter, supervisorKilled);
    process.kill(supervisorOf(home, supervisorKilled), 'SIGKILL');
    expect((await reportWhen(adapter, supervisorKilled, 'failed')).errorMessage).toContain('gone without an exit code');
    await vi.waitUntil(() => !pidIsAlive(orphan));
    const groupKilled = (await submitted(adapter)).jobId;
    process.kill(-supervisorOf(home, groupKilled), 'SIGKILL');
    expect((await reportWhen(adapter, groupKilled, 'failed')).errorMessage).toContain('gone without an exit code');
  });
});

describe('a run that is started again', () => {
  it('is started once, however often and however many at a time submit it', async () => {
    const script = `echo started >> "${home}/starts"; sleep 1000`;
    const { adapter } = processAdapter({ home, command: shell(script) });
    const submission = submissionOf();
    const answers = await Promise.all(Array.from({ length: 5 }, () => adapter.submit(submission)));
    expect(new Set(answers.map(({ providerJobId }) => providerJobId))).toEqual(new Set([submission.jobId]));
    await adapter.submit(submission);
    // The shell makes the file before it writes to it.
    await vi.waitUntil(() => existsSync(`${home}/starts`) && statSync(`${home}/starts`).size > 0);
    expect(readFileSync(`${home}/starts`, 'utf8')).toBe('started\n');
    expect(await adapter.find(submission.jobId)).toMatchObject({ status: 'running' });
    expect((await adapter.list(10)).map(({ providerJobId }) => providerJobId)).toContain(submission.jobId);
    await adapter.cancel(reference(submission.jobId));
    await reportWhen(adapter, submission.jobId, 'cancelled');
  });

  it('is unknown when it was never started, or has a name that is not ours', async () => {
    const { adapter } = processAdapter({ home, command: ['true'] });
    for (const jobId of [newId(), '..', '../../etc', 'a/b', '', '.', 'x'.repeat(300)]) {
      expect(await adapter.find(jobId)).toBeUndefined();
      expect(await adapter.status(reference(jobId))).toBeUndefined();
      expect(await adapter.logs(reference(jobId), 100)).toBe('');
      await adapter.cancel(reference(jobId));
      await adapter.forget(jobId);
    }
    expect(existsSync(home)).toBe(true);
  });

  it('is never confused with another process that was given its pid', async () => {
    const { adapter } = processAdapter({ home, command: shell('sleep 1000') });
    const { jobId } = await submitted(adapter);
    process.kill(-supervisorOf(home, jobId), 'SIGKILL');
    await reportWhen(adapter, jobId, 'failed');
    const file = join(workFolder(home, jobId), 'started');
    // This very process has the pid now, but not the start time.
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^\d+/, String(process.pid)));
    expect((await adapter.status(reference(jobId)))?.status).toBe('failed');
    await adapter.cancel(reference(jobId));
  });
});
