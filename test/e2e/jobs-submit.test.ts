import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { startJobServer, type JobJson, type Submitted } from '../support/job-server.js';

const { server, diary, configure, useTrainer, post, submit, when, starts, gate } = await startJobServer();

afterAll(() => server.dispose());

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
    ['malformed JSON', '{"config":', 'application/json', 400],
    ['a body of another type', '{}', 'text/plain', 415],
    ['a body that is too large', `"${'x'.repeat(3_000_000)}"`, 'application/json', 413],
    ['a list', '[]', 'application/json', 422],
  ])('says of %s, too, that it has not succeeded', async (_, body, type, status) => {
    const init = { method: 'POST', headers: { 'Content-Type': type }, body };
    for (const path of ['/api/cloud/jobs', '/api/cloud/jobs/submit', '/api/cloud/jobs/submit/']) {
      const answer = await server.get(path, init);
      expect(answer.status).toBe(status);
      expect(await answer.json()).toMatchObject({ success: false });
    }
  });

  it('leaves the failures of other routes as they are', async () => {
    const answer = await server.get('/api/cloud/jobs/sync', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{',
    });
    expect([answer.status, await answer.json()]).toEqual([400, expect.not.objectContaining({ success: false })]);
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
    const before = await server.json<{ total: number }>('/api/cloud/jobs');
    await configure({ command: ['no-such-program-anywhere'] });
    const answer = await post({ config: {} });
    await useTrainer();
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ success: false, error: 'provider_unavailable' });
    expect((await server.json<{ total: number }>('/api/cloud/jobs')).total).toBe(before.total);
  });
});

describe('listing', () => {
  it('pages to the end by cursor and by offset, with the real total', async () => {
    await when(await submit({ exitCode: 1 }, { config_name: 'a name' }), 'failed');
    for (let index = 0; index < 15; index += 1) await submit();
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
    expect(failed.jobs.length).toBe(1);
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
    'q=%01',
  ])('refuses %s', async (query) => {
    expect((await server.get(`/api/cloud/jobs?${query}`)).status).toBe(422);
  });

  it.each(['not-an-id', '0190e0e0-0000-7000-8000-000000000001', '%2e%2e'])('knows no job %s', async (id) => {
    for (const path of ['', '/timeline', '/logs', '/inline-progress', '/logs/stream']) {
      const answer = await server.get(`/api/cloud/jobs/${id}${path}`);
      expect(answer.status).toBe(404);
    }
  });
});

describe('numbers', () => {
  it('are made from the stored jobs', async () => {
    const { total } = await server.json<{ total: number }>('/api/cloud/jobs');
    const overview = await server.json<{ per_day: { jobs: number }[] }>('/api/cloud/metrics?days=7');
    expect(overview).toMatchObject({ period_days: 7, total_jobs: total, total_cost_usd: 0 });
    expect(overview.per_day.reduce((jobs, day) => jobs + day.jobs, 0)).toBe(total);
    expect((await server.get('/api/cloud/metrics?days=0')).status).toBe(422);
  });

  it('price a job by the average time of those that have completed', async () => {
    await configure({ cost_per_hour: 3_600 });
    const options = await server.json('/api/cloud/hardware-options');
    expect(options).toMatchObject({ provider: 'process', hardware_options: [{ id: 'local', usd_per_second: 1 }] });
    const estimate = await server.json<{ average_duration_seconds: number; estimated_cost_usd: number }>(
      '/api/cloud/cost-estimate?provider=process&hardware_profile=local',
    );
    expect(estimate.estimated_cost_usd).toBeCloseTo(estimate.average_duration_seconds);
    expect((await server.get('/api/cloud/cost-estimate?hardware_profile=h100')).status).toBe(422);
  });
});

describe('a cost limit', () => {
  it('blocks the job that would pass it, in the words that programs look for, and tells how it stands', async () => {
    await configure({ cost_per_hour: 3_600, max_runtime_minutes: 1 });
    await configure({ cost_limit_enabled: true, cost_limit_amount: 100, cost_limit_action: 'block' });
    const held = { config: { diary, until: gate('cost-limit') } };
    const first = await post(held);
    expect(first.status).toBe(201);
    const { job_id: jobId, cost_limit_warning: warning } = (await first.json()) as Submitted & Record<string, unknown>;
    expect(warning).toBeNull();
    const second = await post(held);
    expect(second.status).toBe(429);
    expect(await second.json()).toMatchObject({
      success: false,
      error: 'cost_limit_exceeded',
      detail: expect.stringContaining('Cost limit') as string,
      details: { limit_usd: 100, reserved_usd: 60, estimated_cost_usd: 60, period: 'monthly' },
    });
    const status = await server.json('/api/cloud/cost-limit/status?provider=process');
    expect(status).toMatchObject({
      providers: [{ provider: 'process', enabled: true, limit_usd: 100, reserved_usd: 60, percent_used: 60 }],
    });
    await configure({ cost_limit_action: 'warn' });
    const warned = (await (await post(held)).json()) as Submitted & Record<string, unknown>;
    expect(warned['cost_limit_warning']).toContain('Cost limit');
    for (const id of [jobId, warned.job_id])
      expect((await server.send('POST', `/api/cloud/jobs/${id}/cancel`)).status).toBe(200);
    expect((await server.get('/api/cloud/cost-limit/status?provider=nobody')).status).toBe(404);
  });
});
