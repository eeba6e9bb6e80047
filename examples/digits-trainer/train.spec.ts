import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeSafetensors } from './lib/safetensors.mjs';
import { TestBucket } from './lib/test-bucket.js';

const trainer = new URL('train.mjs', import.meta.url).pathname;
const secret = `whsec_${Buffer.from('the secret of one job').toString('base64')}`;
const PART_BYTES = 5 * 1024 * 1024;

const bucket = new TestBucket();
let folder: string;
let environment: NodeJS.ProcessEnv;
let receiver: Server;
let reports: Record<string, unknown>[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'digits-trainer-'));
  await bucket.start();
  environment = {
    PATH: process.env['PATH'],
    AWS_ACCESS_KEY_ID: bucket.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: bucket.credentials.secretAccessKey,
    AWS_ENDPOINT_URL_S3: bucket.endpoint,
    AWS_REGION: 'us-east-1',
    SIMPLETUNER_JOB_ID: 'job-1',
    SIMPLETUNER_UPLOAD_BUCKET: bucket.name,
    SIMPLETUNER_UPLOAD_PART_SIZE: String(PART_BYTES),
    SIMPLETUNER_WEBHOOK_URL: await startReceiver(),
    SIMPLETUNER_WEBHOOK_SECRET: secret,
  };
});

afterAll(async () => {
  receiver.close();
  await bucket.stop();
  await rm(folder, { recursive: true });
});

/** Takes only reports whose signature is right. */
async function startReceiver(): Promise<string> {
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => response.writeHead(take(request.headers, Buffer.concat(chunks).toString())).end());
  });
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  return `http://127.0.0.1:${String((receiver.address() as AddressInfo).port)}/api/webhooks/process`;
}

function take(headers: IncomingHttpHeaders, body: string): number {
  try {
    reports.push(new Webhook(secret).verify(body, headers as Record<string, string>) as Record<string, unknown>);
    return 200;
  } catch {
    return 401;
  }
}

async function start(name: string, configuration: object) {
  reports = [];
  const file = join(folder, `${name}.json`);
  await writeFile(file, JSON.stringify({ output_dir: name, ...configuration }));
  const env = { ...environment, SIMPLETUNER_CONFIG_FILE: file };
  const child = spawn(process.execPath, [trainer], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exited = once(child, 'close').then(([code]) => ({ code: code as number, output: () => output }));
  const said = async (text: string) => {
    while (!output.includes(text)) await once(child.stdout, 'data');
  };
  return { child, exited, said, output: () => output };
}

function field(report: Record<string, unknown> | undefined, name: string): Record<string, unknown> {
  return report?.[name] as Record<string, unknown>;
}

describe('the trainer', () => {
  it('hands everything over: each file of its manifest lies in the bucket, byte for byte', async () => {
    const run = await start('whole', { max_train_steps: 60, checkpoint_every: 30, log_every: 20 });
    const { code } = await run.exited;
    expect(run.output()).toMatch(/^\[TRAINING\] Step 20\/60 \(33\.3%\) /m);
    expect(code).toBe(0);

    const manifest = JSON.parse((await bucket.download('manifest.json')).toString()) as {
      files: { key: string; size: number; sha256: string }[];
    };
    expect(manifest.files.map(({ key }) => key).sort()).toEqual([
      'checkpoint-30/model.safetensors',
      'checkpoint-30/samples.png',
      'config.json',
      'loss-curve.png',
      'metrics.jsonl',
      'model.safetensors',
      'samples.png',
      'train.log',
      'training-state.safetensors',
    ]);
    for (const { key, size, sha256 } of manifest.files) {
      const bytes = await bucket.download(key);
      expect({ key, size: bytes.length }).toEqual({ key, size });
      expect({ key, sha256: createHash('sha256').update(bytes).digest('hex') }).toEqual({ key, sha256 });
    }
    const { size = 0 } = manifest.files.find(({ key }) => key === 'training-state.safetensors') ?? {};
    expect(bucket.partSizes.sort((left, right) => right - left)).toEqual([
      PART_BYTES,
      PART_BYTES,
      size - 2 * PART_BYTES,
    ]);
    const model = decodeSafetensors(await bucket.download('model.safetensors'));
    expect(Number(model.metadata['validation_accuracy'])).toBeGreaterThan(0.7);

    expect(reports.map(({ type }) => type)).toEqual(expect.arrayContaining(['training.status']));
    expect(reports.filter(({ type }) => type === 'training.checkpoint')).toHaveLength(2);
    expect(field(reports.at(-1), 'stage')).toMatchObject({ key: 'training_complete', status: 'completed' });
    expect(new Set(reports.map(({ job_id: jobId }) => jobId))).toEqual(new Set(['job-1']));
  });

  it('stops at SIGTERM with a last checkpoint, handed over like the others', async () => {
    const run = await start('stopped', { max_train_steps: 100_000, log_every: 5, hidden_units: 8 });
    await run.said('[TRAINING]');
    run.child.kill('SIGTERM');
    expect((await run.exited).code).toBe(143);
    const [, path] = /\[CHECKPOINT\] step \d+, interrupted saved as (\S+)/.exec(run.output()) ?? [];
    const saved = await readFile(join(folder, 'stopped', path ?? ''));
    expect(await bucket.download(path ?? '')).toEqual(saved);
    expect(Number(decodeSafetensors(saved).metadata['updates'])).toBeGreaterThan(0);
    expect(reports.at(-1)).toMatchObject({ type: 'notification', severity: 'warning' });
  });

  it('refuses settings that cannot be used, naming them', async () => {
    const run = await start('wrong', { batch_size: 0 });
    expect((await run.exited).code).toBe(2);
    expect(run.output()).toContain('batch_size must be a whole number from 1 to 1024');
  });
});
