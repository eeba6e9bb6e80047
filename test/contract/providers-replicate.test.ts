import { beforeEach, describe, expect, it } from 'vitest';
import { newId } from '#libs/ids';
import {
  predictionReference,
  replicateJob,
  replicateScene,
  type Scene,
  storage,
} from '../support/replicate-adapter.js';
import { versionsOf } from '../support/replicate-double.js';

let scene: Scene;
beforeEach(async () => {
  scene = await replicateScene();
});

describe('a job given to Replicate', () => {
  it('becomes a prediction of the newest version, with declared inputs, our tag and our webhook', async () => {
    const webhookUrl = 'https://home.example.com/api/webhooks/replicate?job=x';
    const submission = replicateJob({
      webhookUrl,
      hardwareProfile: 'h100-x2',
      config: { '--max_train_steps': 500, hub_model_id: 'acme/lora', lycoris_config: { algo: 'lokr' } },
      dataloaderConfig: [{ id: 'photos' }],
    });
    const made = await scene.adapter.submit(submission);
    expect(made).toMatchObject({ status: 'queued', rawStatus: 'starting', hardwareType: 'h100-x2' });
    const [prediction] = scene.double.predictions;
    expect(prediction).toMatchObject({
      id: made.providerJobId,
      version: versionsOf('h100-x2')[1]!.id,
      webhook: webhookUrl,
      webhook_events_filter: ['start', 'output', 'logs', 'completed'],
    });
    expect(prediction!.input).toEqual({
      config_json: JSON.stringify(submission.config),
      dataloader_json: '[{"id":"photos"}]',
      max_train_steps: 500,
      lycoris_config: '{"algo":"lokr"}',
      return_logs: true,
      s3_bucket: submission.jobId,
      s3_region: 'us-east-1',
      s3_endpoint_url: storage.AWS_ENDPOINT_URL_S3,
      s3_base_path: 'simpletuner',
      s3_access_key: '[REDACTED]',
      s3_secret_key: '[REDACTED]',
    });
  });

  it('names a repository only together with a token, and takes no other variable', async () => {
    await scene.adapter.submit(
      replicateJob({ config: { hub_model_id: 'acme/lora' }, env: { HF_TOKEN: 'hf_0123456789abcdef' } }),
    );
    expect(scene.double.predictions[0]!.input).toMatchObject({ hub_model_id: 'acme/lora', hf_token: '[REDACTED]' });
    await expect(scene.adapter.submit(replicateJob({ env: { WANDB_API_KEY: 'x' } }))).rejects.toThrow(
      'remove "WANDB_API_KEY"',
    );
    await scene.adapter.submit(replicateJob({ environment: {} }));
    expect(Object.keys(scene.double.predictions[0]!.input)).toEqual(['config_json', 'return_logs']);
  });

  it('runs on the hardware of the settings, or in the version that they name', async () => {
    scene.settings['hardware_profile'] = 'l40s-x4';
    expect(await scene.adapter.submit(replicateJob())).toMatchObject({ hardwareType: 'l40s-x4' });
    scene.settings['version_override'] = versionsOf('l40s')[0]!.id;
    await scene.adapter.submit(replicateJob());
    expect(scene.double.predictions[0]!.version).toBe(versionsOf('l40s')[0]!.id);
    await expect(scene.adapter.submit(replicateJob({ hardwareProfile: 'a100' }))).rejects.toThrow(
      'no hardware profile "a100"',
    );
  });

  it('is followed to its end, and costs what its hardware costs', async () => {
    const submission = replicateJob({ hardwareProfile: 'h100-x2' });
    const { providerJobId } = await scene.adapter.submit(submission);
    const look = () => scene.adapter.status(predictionReference(providerJobId, submission.jobId));
    scene.double.update(providerJobId, { status: 'processing', logs: '[TRAINING] Step 5/20 (25.0%)\n' });
    expect(await look()).toMatchObject({
      status: 'running',
      progress: { stage: 'Training', percent: 25 },
      startedAtMs: expect.any(Number) as number,
    });
    scene.double.update(providerJobId, {
      status: 'succeeded',
      metrics: { predict_time: 1_000 },
      output: 'https://replicate.delivery/x.zip',
    });
    const done = await look();
    expect(done).toMatchObject({
      status: 'completed',
      outputUrl: 'https://replicate.delivery/x.zip',
      completedAtMs: expect.any(Number) as number,
    });
    expect(done!.costUsd).toBeCloseTo(3.05, 6);
    scene.double.update(providerJobId, { status: 'a word from the future', output: 'saved to /src/outputs' });
    const strange = await look();
    expect(strange!.status).toBeUndefined();
    expect(strange).toMatchObject({ rawStatus: 'a word from the future' });
    expect(strange).not.toHaveProperty('outputUrl');
    expect(await scene.adapter.status(predictionReference('p0nosuch', submission.jobId))).toBeUndefined();
    expect(await scene.adapter.status(predictionReference('../account', submission.jobId))).toBeUndefined();
  });

  it('is cancelled, and to cancel it again is no error', async () => {
    const submission = replicateJob();
    const { providerJobId } = await scene.adapter.submit(submission);
    const which = predictionReference(providerJobId, submission.jobId);
    await scene.adapter.cancel(which);
    await scene.adapter.cancel(which);
    expect((await scene.adapter.status(which))!.status).toBe('cancelled');
    scene.double.faults.push({ kind: 'status', status: 422, body: '{"detail":"already ended"}' });
    await expect(scene.adapter.cancel(which)).resolves.toBeUndefined();
    await scene.adapter.cancel(predictionReference('p0nosuch', newId()));
  });

  it('shows the end of its log, without secrets', async () => {
    const { providerJobId } = await scene.adapter.submit(replicateJob());
    scene.double.update(providerJobId, { logs: `${'a line\n'.repeat(1_000)}token hf_0123456789abcdefXYZ\nlast\n` });
    const logs = await scene.adapter.logs(predictionReference(providerJobId), 100);
    expect(logs).toMatch(/^a line\n(.*\n)*last\n$/);
    expect(logs).not.toContain('hf_0123456789abcdefXYZ');
  });
});

describe('a submission whose answer is lost', () => {
  it.each([
    ['the connection breaks after it was done', { kind: 'reset', afterDoing: true }],
    ['no answer ever comes', { kind: 'silence' }],
    ['the answer is cut off', { kind: 'truncate' }],
  ] as const)('is uncertain, is not repeated, and is found by its tag: %s', async (_, fault) => {
    await scene.adapter.submit(replicateJob());
    const submission = replicateJob();
    scene.double.faults.push(fault);
    await expect(scene.adapter.submit(submission)).rejects.toMatchObject({ code: 'provider_timeout' });
    expect(scene.double.predictions).toHaveLength(2);
    expect(await scene.adapter.find(submission.jobId)).toMatchObject({
      providerJobId: scene.double.predictions[0]!.id,
    });
    expect(await scene.adapter.find(newId())).toBeUndefined();
  });

  it('is found behind many newer ones', async () => {
    const submission = replicateJob();
    const { providerJobId } = await scene.adapter.submit(submission);
    const [ours] = scene.double.predictions;
    for (let count = 0; count < 250; count += 1)
      scene.double.predictions.unshift({ ...ours!, id: `other${count}`, input: {} });
    expect((await scene.adapter.find(submission.jobId))?.providerJobId).toBe(providerJobId);
    expect(await scene.adapter.list(300)).toHaveLength(251);
    expect(await scene.adapter.list(7)).toHaveLength(7);
  });

  it('is not looked for among predictions that are older than the job', async () => {
    await scene.adapter.submit(replicateJob());
    scene.double.predictions[0]!.created_at = '2020-01-01T00:00:00.000Z';
    for (let count = 0; count < 150; count += 1)
      scene.double.predictions.push({ ...scene.double.predictions[0]!, id: `old${count}` });
    const before = scene.double.requests.length;
    expect(await scene.adapter.find(newId())).toBeUndefined();
    expect(scene.double.requests.length - before).toBe(1);
  });
});
