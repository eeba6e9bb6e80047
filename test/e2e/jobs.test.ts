import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ServerProcess } from '../support/server.js';

/** A trainer whose configuration says what it does; it notes each of its starts. */
const TRAINER = `
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
const { SIMPLETUNER_JOB_ID: job, SIMPLETUNER_CONFIG_FILE: file } = process.env;
const config = JSON.parse(readFileSync(file, 'utf8'));
appendFileSync(config.diary, job + '\\n');
console.log('started', job);
if (config.environment) writeFileSync(config.environment, JSON.stringify(process.env));
if (config.exitCode) { console.error('out of memory'); process.exit(config.exitCode); }
const wait = () => (config.until && !existsSync(config.until) ? setTimeout(wait, 20) : console.log('done', job));
wait();
`;

interface Submitted {
  readonly success: boolean;
  readonly job_id: string;
  readonly status: string;
  readonly idempotent_hit: boolean;
}

interface JobJson {
  readonly job_id: string;
  readonly status: string;
  readonly error_message: string | null;
  readonly queue_position: number | null;
  readonly [fact: string]: unknown;
}

let server: ServerProcess;
let diary: string;

beforeAll(async () => {
  server = await ServerProcess.start({ env: { SIMPLETUNER_JOB_POLL_INTERVAL: '0.2' } });
  diary = join(server.home, 'diary');
  const trainer = join(server.home, 'trainer.mjs');
  writeFileSync(trainer, TRAINER);
  appendFileSync(diary, '');
  await configure({ command: [process.execPath, trainer], max_concurrent: 4 });
});

afterAll(() => server.dispose());

async function configure(settings: object): Promise<void> {
  const answer = await server.send('PUT', '/api/cloud/providers/process', settings);
  expect(answer.status, await answer.text()).toBe(200);
}

const starts = (): string[] => readFileSync(diary, 'utf8').trim().split('\n').filter(Boolean);
const gate = (name: string): string => join(server.home, name);
const open = (name: string): void => writeFileSync(gate(name), '');

function post(body: object, headers: Record<string, string> = {}): Promise<Response> {
  return server.send('POST', '/api/cloud/jobs/submit?provider=process', body, headers);
}

async function submit(config: object = {}, more: object = {}): Promise<string> {
  const answer = await post({ config: { diary, ...config }, ...more });
  const submitted = (await answer.json()) as Submitted;
  expect(answer.status, JSON.stringify(submitted)).toBe(201);
  return submitted.job_id;
}

async function jobOf(jobId: string): Promise<JobJson> {
  return (await server.json<{ job: JobJson }>(`/api/cloud/jobs/${jobId}`)).job;
}

function when(jobId: string, status: string): Promise<JobJson> {
  return vi.waitFor(
    async () => {
      const job = await jobOf(jobId);
      expect(job.status, JSON.stringify(job)).toBe(status);
      return job;
    },
    { timeout: 30_000, interval: 50 },
  );
}

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
      SIMPLETUNER_WEBHOOK_URL: `${server.ops}/api/webhooks/process?job=${jobId}`,
    }); // prettier-ignore
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
    for (const _ of [1, 2]) {
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

describe('submitting', () => {
  it('makes one job of many equal submissions with one key, and refuses another wish under it', async () => {
    const body = { config: { diary, lr: 1e-4, nested: { b: 1, a: 2 } } };
    const answers = await Promise.all(Array.from({ length: 12 }, () => post(body, { 'Idempotency-Key': 'once' })));
    const submitted = (await Promise.all(answers.map((answer) => answer.json()))) as Submitted[];
    expect(new Set(submitted.map(({ job_id }) => job_id)).size).toBe(1);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(submitted.filter(({ idempotent_hit }) => !idempotent_hit)).toHaveLength(1);
    const reordered = await post({ config: { nested: { a: 2, b: 1 }, lr: 1e-4, diary }, idempotency_key: 'once' });
    expect(reordered.status).toBe(200);
    const other = await post({ config: { diary, lr: 2e-4 }, idempotency_key: 'once' });
    expect(other.status).toBe(409);
    expect(await other.json()).toMatchObject({ success: false, error: 'conflict' });
    await when(submitted[0]?.job_id ?? '', 'completed');
    expect(starts().filter((jobId) => jobId === submitted[0]?.job_id)).toHaveLength(1);
  });

  it('takes a named configuration of the server, and the only provider that is set up', async () => {
    const folder = join(server.home, 'config', 'flux lora');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ diary }));
    const answer = await server.send('POST', '/api/cloud/jobs', { config_name: 'flux lora' });
    expect(answer.status).toBe(201);
    const { job_id: jobId } = (await answer.json()) as Submitted;
    expect(await when(jobId, 'completed')).toMatchObject({ config_name: 'flux lora' });
    writeFileSync(join(folder, 'config.json'), '{"broken');
    expect((await server.send('POST', '/api/cloud/jobs', { config_name: 'flux lora' })).status).toBe(422);
    rmSync(folder, { recursive: true });
    expect((await server.send('POST', '/api/cloud/jobs', { config_name: 'flux lora' })).status).toBe(422);
  });

  it.each([
    ['an unknown field', { config: {}, learning_rate: 1 }, 'learning_rate'],
    ['no configuration', {}, 'config'],
    ['a list as configuration', { config: [] }, 'config'],
    ['a configuration outside of its folder', { config_name: '../cloud' }, 'config_name'],
    ['an encoded way out', { config_name: '..%2fcloud' }, 'config_name'],
    ['a configuration with NUL', { config_name: 'a\0b' }, 'config_name'],
    ['a hidden configuration', { config_name: '.git' }, 'config_name'],
    ['a configuration that is not there', { config_name: 'nowhere' }, 'config_name'],
    ['a variable of the server', { config: {}, env: { AWS_SECRET_ACCESS_KEY: 'x' } }, 'env.AWS_SECRET_ACCESS_KEY'],
    ['a variable that loads code', { config: {}, env: { LD_PRELOAD: '/tmp/x.so' } }, 'env.LD_PRELOAD'],
    ['a variable that is no text', { config: {}, env: { LR: 1 } }, 'env.LR'],
    ['a variable with a bad name', { config: {}, env: { 'A=B': 'x' } }, 'env.A=B'],
    ['hardware that there is not', { config: {}, hardware_profile: 'h100-x64' }, 'hardware_profile'],
    ['a report address without TLS', { config: {}, webhook_url: 'http://example.org/' }, 'webhook_url'],
    ['a report address with a password', { config: {}, webhook_url: 'https://a:b@example.org/' }, 'webhook_url'],
    ['a long key', { config: {}, idempotency_key: 'k'.repeat(257) }, 'idempotency_key'],
    ['data that is no list', { config: {}, dataloader_config: {} }, 'dataloader_config'],
  ])('refuses %s, naming the field', async (_, body, field) => {
    const answer = await post(body);
    const error = (await answer.json()) as { success: boolean; details: { fields: { field: string }[] } };
    expect(answer.status, JSON.stringify(error)).toBe(422);
    expect(error.success).toBe(false);
    expect(error.details.fields.map((problem) => problem.field)).toContain(field);
  });

  it.each([
    ['an unknown provider', '/api/cloud/jobs/submit?provider=nobody', '{"config":{}}', 404],
    ['broken JSON', '/api/cloud/jobs/submit', '{"config":', 400],
  ])('refuses %s', async (_, path, body, status) => {
    const answer = await server.get(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({
      detail: expect.any(String) as string,
      request_id: expect.any(String) as string,
    });
  });

  it('says at once that a provider is not set up, in place of a job that cannot run', async () => {
    const { settings } = { settings: { command: ['no-such-program-anywhere'] } };
    const before = await server.json<{ total: number }>('/api/cloud/jobs');
    const trainer = join(server.home, 'trainer.mjs');
    await configure(settings);
    const answer = await post({ config: {} });
    await configure({ command: [process.execPath, trainer] });
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ success: false, error: 'provider_unavailable' });
    expect((await server.json<{ total: number }>('/api/cloud/jobs')).total).toBe(before.total);
  });
});

describe('listing', () => {
  it('pages to the end by cursor and by offset, with the real total', async () => {
    const all = await server.json<{ jobs: JobJson[]; total: number; next_cursor: null }>('/api/cloud/jobs?limit=500');
    expect(all.jobs).toHaveLength(all.total);
    expect(all.next_cursor).toBeNull();
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const page: { jobs: JobJson[]; total: number; next_cursor: string | null } = await server.json(
        `/api/cloud/jobs?limit=7${query}`,
      );
      seen.push(...page.jobs.map(({ job_id }) => job_id));
      expect(page.total).toBe(all.total);
      cursor = page.next_cursor;
    }
    expect(seen).toEqual(all.jobs.map(({ job_id }) => job_id));
    const second = await server.json<{ jobs: JobJson[] }>('/api/cloud/jobs?limit=2&offset=2&sync_active=true');
    expect(second.jobs.map(({ job_id }) => job_id)).toEqual(seen.slice(2, 4));
    const failed = await server.json<{ jobs: JobJson[] }>(
      '/api/cloud/jobs?status=failed,cancelled&q=A%20NAME&user=local',
    );
    expect(failed.jobs.length).toBe(2);
    expect((await server.json<{ total: number }>('/api/cloud/jobs?user=nobody')).total).toBe(0);
  });

  it.each([
    'limit=0',
    'limit=501',
    'limit=x',
    'status=lost',
    'cursor=zzz',
    'created_after=yesterday',
    'offset=-1',
    'colour=red',
    'q=%00',
  ])('refuses %s', async (query) => {
    expect((await server.get(`/api/cloud/jobs?${query}`)).status).toBe(422);
  });

  it.each(['not-an-id', '0190e0e0-0000-7000-8000-000000000001', '%2e%2e', '%00'])('knows no job %s', async (id) => {
    for (const path of ['', '/timeline', '/logs', '/inline-progress', '/logs/stream']) {
      const answer = await server.get(`/api/cloud/jobs/${id}${path}`);
      expect(answer.status).toBe(404);
    }
  });
});

describe('kill -9 of the server', () => {
  it('while a job runs: it is re-attached and finishes, and ran once', async () => {
    const jobId = await submit({ until: gate('survivor') });
    await when(jobId, 'running');
    await server.kill();
    open('survivor');
    await server.restart();
    await when(jobId, 'completed');
    expect(starts().filter((started) => started === jobId)).toHaveLength(1);
  });

  it('right after jobs were accepted: each of them runs once', async () => {
    const jobIds = await Promise.all(Array.from({ length: 6 }, () => submit()));
    await server.kill();
    await server.restart();
    for (const jobId of jobIds) await when(jobId, 'completed');
    for (const jobId of jobIds) expect(starts().filter((started) => started === jobId)).toHaveLength(1);
    expect(existsSync(diary)).toBe(true);
  });
});
