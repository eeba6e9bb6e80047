import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { startJobServer, type JobJson, type Submitted } from '../support/job-server.js';

const { server, configure, submit, jobOf, when, starts, gate, open } = await startJobServer();

afterAll(() => server.dispose());

describe('a job', () => {
  it('goes out, runs and comes home, and its timeline says how', async () => {
    const jobId = await submit(
      { environment: gate('environment') },
      { env: { MY_SETTING: 'ö' }, tracker_run_name: 'first' },
    );
    const job = await when(jobId, 'completed');
    expect(job).toMatchObject({
      job_type: 'cloud', provider: 'process', is_terminal: true, is_active: false, user_id: 'local', error_message: null,
      requires_approval: false, queue_position: null, upload_progress: null, provider_job_id: expect.any(String) as string,
    }); // prettier-ignore
    for (const instant of ['created_at', 'queued_at', 'started_at', 'completed_at'])
      expect(job[instant]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const { timeline } = await server.json<{ timeline: { source: string; from: string | null; to: string }[] }>(
      `/api/cloud/jobs/${jobId}/timeline`,
    );
    expect(timeline[0]).toMatchObject({ source: 'user', from: null, to: 'queued', note: 'submitted' });
    expect(timeline.some(({ source }) => source === 'dispatcher')).toBe(true);
    expect(timeline.at(-1)).toMatchObject({ to: 'completed' });
    const { logs } = await server.json<{ logs: string }>(`/api/cloud/jobs/${jobId}/logs`);
    expect(logs).toContain(`started ${jobId}`);
    expect(await server.json(`/api/cloud/jobs/${jobId}/inline-progress`)).toMatchObject({
      job_id: jobId,
      last_log: `done ${jobId}`,
    });
    const stream = await (await server.get(`/api/cloud/jobs/${jobId}/logs/stream`)).text();
    expect(stream).toMatch(/^event: log\n(.|\n)*event: end\n/);
  });

  it('is told the addresses and credentials of contract §6, which no answer shows', async () => {
    const jobId = await submit({ environment: gate('told') }, { env: { MY_SETTING: 'ö' } });
    await when(jobId, 'completed');
    const told = JSON.parse(readFileSync(gate('told'), 'utf8')) as Record<string, string>;
    expect(told).toMatchObject({
      MY_SETTING: 'ö', SIMPLETUNER_JOB_ID: jobId, SIMPLETUNER_UPLOAD_BUCKET: jobId, AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL_S3: `${server.ops}/api/cloud/storage`, SIMPLETUNER_UPLOAD_ENDPOINT: `${server.ops}/api/cloud/storage`,
    }); // prettier-ignore
    const [address, correlationId] = told['SIMPLETUNER_WEBHOOK_URL']!.split('&correlation_id=');
    expect(address).toBe(`${server.ops}/api/webhooks/process?job=${jobId}`);
    expect(correlationId).toMatch(/^[\w.-]+$/);
    expect(told['AWS_ACCESS_KEY_ID']).toMatch(/^STU[A-Z2-7]{29}$/);
    expect(told['SIMPLETUNER_UPLOAD_SECRET']).toBe(told['AWS_SECRET_ACCESS_KEY']);
    expect(told['SIMPLETUNER_WEBHOOK_SECRET']).toMatch(/^whsec_/);
    const paths = ['', '/timeline', '/logs', '/inline-progress'].map((path) => `/api/cloud/jobs/${jobId}${path}`);
    for (const path of [...paths, '/api/cloud/jobs', '/api/audit']) {
      const text = await (await server.get(path)).text();
      for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'SIMPLETUNER_WEBHOOK_SECRET'])
        expect(text.includes(told[name] ?? ''), `${name} in ${path}`).toBe(false);
    }
    expect(server.log).not.toContain(told['AWS_SECRET_ACCESS_KEY']);
  });

  it('fails with the last lines of its log when its command fails', async () => {
    const job = await when(await submit({ exitCode: 3 }), 'failed');
    expect(job.error_message).toContain('out of memory');
  });

  it('is announced to those who listen', async () => {
    const listening = new AbortController();
    const response = await server.get('/api/events/stream', { signal: listening.signal });
    const jobId = await submit();
    let heard = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      heard += decoder.decode(chunk, { stream: true });
      if (/"status":"completed","previous_status"/.test(heard)) break;
    }
    listening.abort();
    expect(heard).toContain(`event: job_status_changed`);
    expect(heard).toContain(`event: cloud_job_update`);
    expect(heard).toContain(jobId);
    expect(heard).not.toMatch(/STU[A-Z2-7]{29}/);
  });

  it('waits its turn: jobs start in the order in which they came', async () => {
    await configure({ max_concurrent: 1 });
    const first = await submit({ until: gate('turn') });
    await when(first, 'running');
    const others = [await submit(), await submit(), await submit()];
    expect((await jobOf(others[2] ?? '')).queue_position).toBe(3);
    const list = await server.json<{ jobs: JobJson[]; total: number }>('/api/cloud/jobs?status=queued');
    expect(list.jobs.map(({ job_id, queue_position }) => [job_id, queue_position])).toEqual([
      [others[2], 3],
      [others[1], 2],
      [others[0], 1],
    ]);
    open('turn');
    for (const jobId of others) await when(jobId, 'completed');
    expect(starts().slice(-4)).toEqual([first, ...others]);
    await configure({ max_concurrent: 4 });
  });
});

describe('ending jobs', () => {
  it('cancels a running job and its process, and says the same when asked again', async () => {
    const jobId = await submit({ until: gate('never') });
    await when(jobId, 'running');
    for (let time = 1; time <= 2; time += 1) {
      const answer = await server.send('POST', `/api/cloud/jobs/${jobId}/cancel`);
      expect(await answer.json()).toMatchObject({ success: true, job_id: jobId, status: 'cancelled' });
      expect(answer.status).toBe(200);
    }
    const answer = await vi.waitFor(
      async () => {
        const deleted = await server.send('DELETE', `/api/cloud/jobs/${jobId}`);
        expect(deleted.status).toBe(200);
        return deleted;
      },
      { timeout: 30_000, interval: 100 },
    );
    expect(await answer.json()).toMatchObject({ success: true });
    expect((await server.get(`/api/cloud/jobs/${jobId}`)).status).toBe(404);
    expect((await server.send('DELETE', `/api/cloud/jobs/${jobId}`)).status).toBe(404);
  });

  it('cancels a job that waits, which then never starts', async () => {
    await configure({ max_concurrent: 1 });
    const first = await submit({ until: gate('cancelled-in-queue') });
    await when(first, 'running');
    const waiting = await submit();
    expect((await server.send('POST', `/api/cloud/jobs/${waiting}/cancel`)).status).toBe(200);
    open('cancelled-in-queue');
    await when(first, 'completed');
    await configure({ max_concurrent: 4 });
    await when(await submit(), 'completed');
    expect(starts()).not.toContain(waiting);
    expect((await jobOf(waiting)).status).toBe('cancelled');
  });

  it('refuses what the state of a job does not allow, and says what would', async () => {
    const jobId = await submit({ until: gate('state') });
    await when(jobId, 'running');
    for (const [method, path] of [
      ['DELETE', ''],
      ['POST', '/retry'],
    ] as const) {
      const answer = await server.send(method, `/api/cloud/jobs/${jobId}${path}`);
      expect(answer.status).toBe(409);
      expect(await answer.json()).toMatchObject({
        error: 'invalid_job_state',
        details: { current_state: 'running', allowed_states: ['completed', 'failed', 'cancelled'] },
      });
    }
    open('state');
    await when(jobId, 'completed');
    const answer = await server.send('POST', `/api/cloud/jobs/${jobId}/cancel`);
    expect(answer.status).toBe(409);
    expect(await answer.json()).toMatchObject({ error: 'invalid_job_state', details: { current_state: 'completed' } });
  });

  it('retries a job that has ended as a new one', async () => {
    const failed = await submit({ exitCode: 1 }, { config_name: 'a name' });
    await when(failed, 'failed');
    const answer = await server.send('POST', `/api/cloud/jobs/${failed}/retry`);
    expect(answer.status).toBe(201);
    const { job_id: retried } = (await answer.json()) as Submitted;
    expect(await when(retried, 'failed')).toMatchObject({ config_name: 'a name', metadata: { retry_of: failed } });
  });
});
