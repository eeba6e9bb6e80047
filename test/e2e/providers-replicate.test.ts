import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ReplicateDouble, type DoublePrediction } from '../support/replicate-double.js';
import { ServerProcess } from '../support/server.js';

interface JobAnswer {
  readonly job: Record<string, unknown> & { status: string; cost_usd: number | null };
}

let double: ReplicateDouble;
let server: ServerProcess;

async function startServer(pollSeconds: string): Promise<void> {
  double = await ReplicateDouble.start();
  server = await ServerProcess.start({
    env: {
      REPLICATE_API_TOKEN: ReplicateDouble.token,
      REPLICATE_API_BASE_URL: double.baseUrl,
      SIMPLETUNER_PUBLIC_URL: 'https://home.example.com',
      SIMPLETUNER_JOB_POLL_INTERVAL: pollSeconds,
    },
  });
}

async function submit(): Promise<{ jobId: string; prediction: DoublePrediction }> {
  const before = double.predictions.length;
  const body = { config: { max_train_steps: 10 }, dataloader_config: [{ id: 'photos' }], hardware_profile: 'h100' };
  const response = await server.send('POST', '/api/cloud/jobs/submit?provider=replicate', body);
  expect(response.status).toBe(201);
  const { job_id } = (await response.json()) as { job_id: string };
  await vi.waitUntil(() => double.predictions.length > before, { timeout: 10_000 });
  return { jobId: job_id, prediction: double.predictions[0]! };
}

async function jobOf(jobId: string): Promise<JobAnswer['job']> {
  return (await server.json<JobAnswer>(`/api/cloud/jobs/${jobId}`)).job;
}

/** Sends the prediction as Replicate would: signed by Standard Webhooks. */
async function deliver(jobId: string, prediction: DoublePrediction): Promise<Response> {
  const body = JSON.stringify(prediction);
  const id = `msg_${prediction.id}_${prediction.status}`;
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const key = Buffer.from(double.webhookSecret.slice('whsec_'.length), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
  const init = { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body };
  return server.get(`/api/webhooks/replicate?job=${jobId}`, init);
}

describe('a job at Replicate whose webhooks arrive', () => {
  beforeAll(() => startServer('3600'));
  afterAll(() => server.dispose());

  it('lives by them, from the start to its cost, in any order and however often they come', async () => {
    const { jobId, prediction } = await submit();
    expect(prediction.webhook).toBe(`https://home.example.com/api/webhooks/replicate?job=${jobId}`);
    expect(prediction.input).toMatchObject({
      s3_bucket: jobId,
      s3_endpoint_url: 'https://home.example.com/api/cloud/storage',
    });
    const running = { ...double.update(prediction.id, { status: 'processing', logs: '[TRAINING] Step 4/10\n' }) };
    expect((await deliver(jobId, running)).status).toBe(200);
    await vi.waitFor(async () => expect(await jobOf(jobId)).toMatchObject({ status: 'running' }), 10_000);
    const ended = double.update(prediction.id, { status: 'succeeded', metrics: { predict_time: 100 } });
    for (const event of [ended, running, ended]) expect((await deliver(jobId, event)).status).toBe(200);
    await vi.waitFor(
      async () =>
        expect(await jobOf(jobId)).toMatchObject({
          status: 'completed',
          provider_job_id: prediction.id,
          hardware_type: 'h100',
        }),
      10_000,
    );
    expect((await jobOf(jobId)).cost_usd).toBeCloseTo(0.1525, 6);
  });
});

describe('a job at Replicate whose webhooks are all lost', () => {
  beforeAll(() => startServer('0.2'));
  afterAll(() => server.dispose());

  it('ends in the same record and cost, also when the server is killed meanwhile', async () => {
    const { jobId, prediction } = await submit();
    double.update(prediction.id, { status: 'processing' });
    await vi.waitFor(async () => expect((await jobOf(jobId)).status).toBe('running'), 10_000);
    await server.kill();
    double.update(prediction.id, { status: 'succeeded', metrics: { predict_time: 100 } });
    await server.restart();
    await vi.waitFor(async () => expect((await jobOf(jobId)).status).toBe('completed'), 10_000);
    expect(await jobOf(jobId)).toMatchObject({ provider_job_id: prediction.id, hardware_type: 'h100' });
    expect((await jobOf(jobId)).cost_usd).toBeCloseTo(0.1525, 6);
    expect(double.predictions).toHaveLength(1);
  });

  it('is paid for once when the answer to its submission is lost', async () => {
    const before = double.predictions.length;
    double.creationFaults.push({ kind: 'reset', afterDoing: true });
    const { jobId, prediction } = await submit();
    await vi.waitFor(async () => expect(await jobOf(jobId)).toMatchObject({ provider_job_id: prediction.id }), 20_000);
    expect(double.creationFaults).toHaveLength(0);
    expect(double.predictions).toHaveLength(before + 1);
  });

  it('is cancelled there, too', async () => {
    const { jobId, prediction } = await submit();
    await vi.waitFor(async () => expect(await jobOf(jobId)).toMatchObject({ provider_job_id: prediction.id }), 10_000);
    expect((await server.send('POST', `/api/cloud/jobs/${jobId}/cancel`)).status).toBe(200);
    expect((await jobOf(jobId)).status).toBe('cancelled');
    await vi.waitUntil(() => prediction.status === 'canceled', { timeout: 10_000 });
  });

  it('leaves no secret in what the server says and writes', async () => {
    const { jobId } = await submit();
    const said = await Promise.all(
      [`/api/cloud/jobs/${jobId}`, `/api/cloud/jobs/${jobId}/timeline`, '/api/cloud/providers/replicate'].map(
        async (path) => (await server.get(path)).text(),
      ),
    );
    for (const secret of [ReplicateDouble.token, double.webhookSecret])
      expect(said.join() + server.log).not.toContain(secret);
  });
});
