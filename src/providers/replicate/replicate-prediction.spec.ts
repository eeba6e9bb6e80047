import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPrediction } from './replicate-prediction.js';

const asIs = (text: string): string => text;
// As in the provider's published reference.
const published = {
  id: 'ufawqhfynnddngldkgtslldrkq',
  version: '5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa',
  created_at: '2022-04-26T22:13:06.224088Z',
  started_at: null,
  completed_at: null,
  status: 'starting',
  input: { text: 'Alice' },
  output: null,
  error: null,
  logs: null,
  metrics: {},
};

describe('readPrediction', () => {
  it('reads the published example', () => {
    expect(readPrediction(published, asIs)).toEqual({
      job: { providerJobId: published.id, status: 'queued', rawStatus: 'starting' },
      jobId: undefined,
      isOurModel: false,
      createdAtMs: Date.UTC(2022, 3, 26, 22, 13, 6, 224),
      log: '',
    });
  });

  it.each([
    ['processing', 'running'],
    ['succeeded', 'completed'],
    ['failed', 'failed'],
    ['canceled', 'cancelled'],
    ['aborted', 'cancelled'],
    ['unheard-of', undefined],
  ])('takes %s for %s', (status, ours) => {
    expect(readPrediction({ ...published, status }, asIs)!.job).toMatchObject({ status: ours, rawStatus: status });
  });

  it.each([
    ['https://replicate.delivery/x.safetensors', 'https://replicate.delivery/x.safetensors'],
    ['/src/outputs/lora', undefined],
    ['training finished', undefined],
    [['https://a.example'], undefined],
    ['javascript:alert(1)', undefined],
    [null, undefined],
  ])('takes the output %j for the address %j', (output, address) => {
    expect(readPrediction({ ...published, output }, asIs)!.job.outputUrl).toBe(address);
  });

  it('knows our job by its bucket, or else by its webhook', () => {
    const webhook = 'https://home.example.com/api/webhooks/replicate?job=from-webhook';
    expect(readPrediction({ ...published, webhook }, asIs)!.jobId).toBe('from-webhook');
    expect(readPrediction({ ...published, webhook, input: { s3_bucket: 'from-bucket' } }, asIs)!.jobId).toBe(
      'from-bucket',
    );
  });

  it('never tells the input, and everything else without secrets', () => {
    const secret = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
    const hide = (text: string): string => text.replaceAll(secret, '[redacted]');
    const body = {
      ...published,
      input: { config_json: `{"x":"${secret}"}` },
      error: `bad ${secret}`,
      logs: `env ${secret}`,
    };
    expect(JSON.stringify(readPrediction(body, hide)!.job)).not.toContain(secret);
  });

  it('withstands any JSON', () => {
    const member = fc.constantFrom(
      'id',
      'status',
      'logs',
      'metrics',
      'predict_time',
      'model',
      'input',
      'webhook',
      'output',
      'error',
      'started_at',
      's3_bucket',
    );
    const word = fc.constantFrom(
      'abc123',
      'succeeded',
      'simpletuner/advanced-trainer-h100',
      'https://x.example/?job=1',
      '2026-13-99',
      'step 1/2',
    );
    const { json } = fc.letrec((tie) => ({
      json: fc.oneof({ maxDepth: 3 }, fc.jsonValue(), word, fc.double(), fc.dictionary(member, tie('json'))),
    }));
    fc.assert(
      fc.property(
        fc.oneof(json, fc.record({ id: word, status: word, metrics: json, output: json, error: json, logs: json })),
        (body) => {
          const job = readPrediction(body, asIs)?.job;
          if (!job) return;
          for (const number of [job.costUsd, job.startedAtMs, job.completedAtMs])
            if (number !== undefined) expect(Number.isFinite(number)).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });
});
