import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { signWebhook } from '#libs/webhook-signature';
import { ReplicateDouble, type DoublePrediction } from '../support/replicate-double.js';
import { ServerProcess } from '../support/server.js';

type JobRecord = Record<string, unknown> & { status: string; cost_usd: number | null };

const WAIT_MS = 20_000;

/** A server, the Replicate that it knows, and what tests do with both. */
class Home {
  private constructor(
    readonly double: ReplicateDouble,
    readonly server: ServerProcess,
  ) {}

  static async start(pollSeconds: string): Promise<Home> {
    const double = await ReplicateDouble.start();
    const env = {
      REPLICATE_API_TOKEN: ReplicateDouble.token,
      REPLICATE_API_BASE_URL: double.baseUrl,
      SIMPLETUNER_PUBLIC_URL: 'https://home.example.com',
      SIMPLETUNER_JOB_POLL_INTERVAL: pollSeconds,
    };
    return new Home(double, await ServerProcess.start({ env }));
  }

  async submit(): Promise<{ jobId: string; prediction: DoublePrediction }> {
    const before = this.double.predictions.length;
    const body = { config: { max_train_steps: 10 }, dataloader_config: [{ id: 'photos' }], hardware_profile: 'h100' };
    const response = await this.server.send('POST', '/api/cloud/jobs/submit?provider=replicate', body);
    expect(response.status).toBe(201);
    const { job_id } = (await response.json()) as { job_id: string };
    await vi.waitUntil(() => this.double.predictions.length > before, { timeout: WAIT_MS });
    return { jobId: job_id, prediction: this.double.predictions[0]! };
  }

  async job(jobId: string): Promise<JobRecord> {
    return (await this.server.json<{ job: JobRecord }>(`/api/cloud/jobs/${jobId}`)).job;
  }

  async when(jobId: string, facts: Partial<JobRecord>): Promise<JobRecord> {
    await vi.waitFor(async () => expect(await this.job(jobId)).toMatchObject(facts), { timeout: WAIT_MS });
    return this.job(jobId);
  }

  /** Sends the prediction as Replicate would: signed by Standard Webhooks. */
  async deliver(
    jobId: string,
    prediction: DoublePrediction,
    { secret = this.double.webhookSecret, id = `msg_${prediction.id}_${prediction.status}` } = {},
  ): Promise<Response> {
    const body = JSON.stringify(prediction);
    const signed = signWebhook({ id, timeMs: Date.now(), body, secrets: [secret] });
    const init = { method: 'POST', headers: { 'Content-Type': 'application/json', ...signed }, body };
    return this.server.get(`/api/webhooks/replicate?job=${jobId}`, init);
  }
}

/** What the run says of itself, the same in every life. */
const running = {
  status: 'processing',
  started_at: '2026-11-25T10:00:00.250Z',
  logs: '[TRAINING] Step 4/10 (40.0%) loss=0.1\n',
};
const ended = {
  status: 'succeeded',
  started_at: running.started_at,
  completed_at: '2026-11-25T10:01:40.750Z',
  logs: `${running.logs}[TRAINING] Step 10/10 (100.0%) loss=0.05\n`,
  output: 'https://replicate.delivery/output.zip',
  metrics: { predict_time: 100 },
};

/** A job's record without what makes it another job: its names, when it was submitted, and what jobs before it let expect. */
function essence(job: JobRecord): object {
  const { job_id, provider_job_id, created_at, queued_at, estimated_cost_usd, ...rest } = job;
  expect([job_id, provider_job_id, created_at, queued_at, estimated_cost_usd]).not.toContain(undefined);
  return rest;
}

let webhooksOnly: Home;
let home: Home;
beforeAll(async () => {
  [webhooksOnly, home] = await Promise.all([Home.start('3600'), Home.start('0.2')]);
});
afterAll(() => Promise.all([webhooksOnly, home].map(({ server }) => server.dispose())));

describe('a job at Replicate', () => {
  it('ends in the same record and cost by webhooks, without any, and with the server killed in the middle', async () => {
    // By webhooks alone: nobody asks; they come in any order, and more than once.
    const first = await webhooksOnly.submit();
    expect(first.prediction.webhook).toContain(
      `https://home.example.com/api/webhooks/replicate?job=${first.jobId}&correlation_id=`,
    );
    expect(first.prediction.input).toMatchObject({
      s3_bucket: first.jobId,
      s3_endpoint_url: 'https://home.example.com/api/cloud/storage',
    });
    await webhooksOnly.when(first.jobId, { provider_job_id: first.prediction.id });
    const start = { ...webhooksOnly.double.update(first.prediction.id, running) };
    expect((await webhooksOnly.deliver(first.jobId, start)).status).toBe(200);
    await webhooksOnly.when(first.jobId, { status: 'running' });
    const end = webhooksOnly.double.update(first.prediction.id, ended);
    for (const event of [end, start, end]) expect((await webhooksOnly.deliver(first.jobId, event)).status).toBe(200);
    const byWebhooks = await webhooksOnly.when(first.jobId, { status: 'completed' });
    const told = await webhooksOnly.server.json<{ timeline: { source: string }[] }>(
      `/api/cloud/jobs/${first.jobId}/timeline`,
    );
    expect(told.timeline.map(({ source }) => source)).not.toContain('poll');

    // All webhooks are lost: it is asked for.
    const second = await home.submit();
    home.double.update(second.prediction.id, running);
    await home.when(second.jobId, { status: 'running' });
    home.double.update(second.prediction.id, ended);
    const byAsking = await home.when(second.jobId, { status: 'completed' });

    // The server is killed in the middle, and the end's webhook finds nobody.
    const third = await home.submit();
    await home.when(third.jobId, { provider_job_id: third.prediction.id });
    expect((await home.deliver(third.jobId, home.double.update(third.prediction.id, running))).status).toBe(200);
    await home.when(third.jobId, { status: 'running' });
    await home.server.kill();
    await expect(home.deliver(third.jobId, home.double.update(third.prediction.id, ended))).rejects.toThrow();
    await home.server.restart();
    const overADeath = await home.when(third.jobId, { status: 'completed' });

    expect(byWebhooks).toMatchObject({
      ...{ hardware_type: 'h100', duration_seconds: 100.5, output_url: ended.output, is_terminal: true },
      ...{ started_at: running.started_at, completed_at: ended.completed_at },
    });
    expect(byWebhooks.cost_usd).toBeCloseTo(0.1525, 6);
    expect(essence(byAsking)).toEqual(essence(byWebhooks));
    expect(essence(overADeath)).toEqual(essence(byWebhooks));
    expect(home.double.predictions).toHaveLength(2);
    const counted = await home.server.json('/api/cloud/webhooks/statistics');
    expect(counted).toMatchObject({ providers: [{ provider: 'replicate', lost: 2 }] });
  });

  it('is paid for once when the answer to its submission is lost', async () => {
    const before = home.double.predictions.length;
    home.double.creationFaults.push({ kind: 'reset', afterDoing: true });
    const { jobId, prediction } = await home.submit();
    await home.when(jobId, { provider_job_id: prediction.id });
    expect(home.double.creationFaults).toHaveLength(0);
    expect(home.double.predictions).toHaveLength(before + 1);
  });

  it('is cancelled there, too', async () => {
    const { jobId, prediction } = await home.submit();
    await home.when(jobId, { provider_job_id: prediction.id });
    expect((await home.server.send('POST', `/api/cloud/jobs/${jobId}/cancel`)).status).toBe(200);
    expect((await home.job(jobId)).status).toBe('cancelled');
    await vi.waitUntil(() => prediction.status === 'canceled', { timeout: WAIT_MS });
  });

  it('is found at Replicate and imported when nobody here knows it, by those who may see everybody’s jobs', async () => {
    const { server, double } = home;
    const foreign = { ...double.predictions[0]!, id: 'startedelsewhere', input: {}, webhook: '', ...ended };
    double.predictions.unshift(foreign);
    double.predictions.unshift({ ...foreign, id: 'anothermodel', model: 'stability-ai/sdxl' });
    const made = await server.send('POST', '/api/auth/api-keys', {
      name: 'own',
      scopes: ['job.view.own', 'job.submit'],
    });
    const { key } = (await made.json()) as { key: string };
    expect((await server.send('POST', '/api/cloud/jobs/sync', undefined, { 'X-API-Key': key })).status).toBe(403);
    const sync = async (path = '', body?: object) =>
      (await server.send('POST', `/api/cloud/jobs/sync${path}`, body)).json() as Promise<object>;
    expect(await sync()).toEqual({ synced: 1, updated: 0, message: '1 job imported, 0 jobs updated.' });
    expect(await sync()).toMatchObject({ synced: 0, updated: 0 });
    expect(await sync('?all=true')).toMatchObject({ synced: 1 });
    expect(await sync('', { all: true, provider: 'replicate' })).toMatchObject({ synced: 0 });
    expect(await sync('', { every: 1 })).toMatchObject({ error: 'validation_error' });
    expect(await sync('?provider=nobody')).toMatchObject({ error: 'not_found' });
    const { jobs } = await server.json<{ jobs: JobRecord[] }>('/api/cloud/jobs?q=startedelsewhere');
    expect(jobs).toMatchObject([
      { provider_job_id: 'startedelsewhere', status: 'completed', metadata: { imported: true } },
    ]);
    expect((await server.send('POST', `/api/cloud/jobs/${String(jobs[0]?.['job_id'])}/retry`)).status).toBe(404);
  });

  it('is believed when Replicate has another secret, at once, and by the former one for a while', async () => {
    const { jobId, prediction } = await home.submit();
    const former = home.double.webhookSecret;
    expect((await home.deliver(jobId, prediction, { id: 'before' })).status).toBe(200);
    const forged = `whsec_${Buffer.from('a secret of somebody else').toString('base64')}`;
    home.double.webhookSecret = `whsec_${Buffer.from('the secret from now on').toString('base64')}`;
    expect((await home.deliver(jobId, prediction, { id: 'after' })).status).toBe(200);
    expect((await home.deliver(jobId, prediction, { id: 'late', secret: former })).status).toBe(200);
    expect((await home.deliver(jobId, prediction, { id: 'forged', secret: forged })).status).toBe(401);
    // What signs is no key: Replicate gives none to its jobs.
    const headers = { 'X-API-Key': home.double.webhookSecret };
    expect((await home.server.send('POST', `/api/webhooks/replicate?job=${jobId}`, prediction, headers)).status).toBe(
      401,
    );
  });

  it('leaves no secret in what the server says and writes', async () => {
    const { jobId } = await home.submit();
    const said = await Promise.all(
      [`/api/cloud/jobs/${jobId}`, `/api/cloud/jobs/${jobId}/timeline`, '/api/cloud/providers/replicate'].map(
        async (path) => (await home.server.get(path)).text(),
      ),
    );
    for (const secret of [ReplicateDouble.token, home.double.webhookSecret])
      expect(said.join() + home.server.log).not.toContain(secret);
  });
});
