import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startJobServer } from '../support/job-server.js';

type JobServer = Awaited<ReturnType<typeof startJobServer>>;

describe('hostile jobs', () => {
  let jobs: JobServer;
  beforeAll(async () => {
    jobs = await startJobServer();
  });
  afterAll(() => jobs.server.dispose());

  const deliver = (jobId: string, key: string, body: string): Promise<Response> =>
    jobs.server.get(`/api/webhooks/process?job=${jobId}`, { method: 'POST', headers: { 'X-API-Key': key }, body });

  /** A running job and the webhook secret that it was given. */
  const startJob = async (name: string): Promise<{ jobId: string; secret: string }> => {
    const environment = join(jobs.server.home, `${name}.env`);
    const jobId = await jobs.submit({ environment, until: jobs.gate('never') });
    await vi.waitFor(() => expect(existsSync(environment) && readFileSync(environment, 'utf8')).toBeTruthy(), 20_000);
    const { SIMPLETUNER_WEBHOOK_SECRET: secret = '' } = JSON.parse(
      readFileSync(environment, 'utf8'),
    ) as NodeJS.ProcessEnv;
    return { jobId, secret };
  };

  it('cannot use up the events of another job, nor speak for it, nor exhaust the stack', async () => {
    const one = await startJob('one');
    const other = await startJob('other');
    const event = '{"type":"notification","message":"hello"}';
    expect(await (await deliver(one.jobId, one.secret, event)).json()).toMatchObject({ status: 'received' });
    expect(await (await deliver(one.jobId, one.secret, event)).json()).toMatchObject({ status: 'duplicate' });
    expect(await (await deliver(other.jobId, other.secret, event)).json()).toMatchObject({ status: 'received' });
    expect((await deliver(other.jobId, one.secret, event)).status).toBe(401);
    const deep = `{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`;
    expect((await deliver(one.jobId, one.secret, deep)).status).toBe(400);
    for (const { jobId } of [one, other]) await jobs.server.send('POST', `/api/cloud/jobs/${jobId}/cancel`);
  });

  it('keep every name of their configuration', async () => {
    const copy = join(jobs.server.home, 'copy.json');
    const script = join(jobs.server.home, 'copy.mjs');
    writeFileSync(
      script,
      `import { copyFileSync } from 'node:fs'; copyFileSync(process.env.SIMPLETUNER_CONFIG_FILE, ${JSON.stringify(copy)});`,
    );
    await jobs.configure({ command: [process.execPath, script] });
    const config = '{"toString":1,"nested":{"hasOwnProperty":[3]}}';
    await jobs.when(await jobs.submit(JSON.parse(config) as object), 'completed');
    expect(JSON.parse(readFileSync(copy, 'utf8'))).toMatchObject(JSON.parse(config) as object);
    await jobs.useTrainer();
  });

  it('leave no process behind when they are cancelled, not even one in a session of its own', async () => {
    const pidFile = join(jobs.server.home, 'runaway.pid');
    const script = join(jobs.server.home, 'runaway.mjs');
    writeFileSync(
      script,
      `import { spawn } from 'node:child_process'; import { writeFileSync } from 'node:fs';
       const child = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
       writeFileSync(${JSON.stringify(pidFile)}, String(child.pid)); setInterval(() => {}, 1000);`,
    );
    await jobs.configure({ command: [process.execPath, script] });
    const jobId = await jobs.submit();
    await vi.waitFor(() => expect(existsSync(pidFile) && readFileSync(pidFile, 'utf8')).toMatch(/^\d+$/), 20_000);
    const pid = Number(readFileSync(pidFile, 'utf8'));
    expect((await jobs.server.send('POST', `/api/cloud/jobs/${jobId}/cancel`)).status).toBe(200);
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), { timeout: 30_000, interval: 100 });
    await jobs.useTrainer();
  });
});
