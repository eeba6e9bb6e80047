import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { S3Client } from '@aws-sdk/client-s3';
import type { ServerProcess } from './server.js';

/** A job that runs until it is cancelled, and the upload credentials it was handed. */
export interface StorageJob {
  readonly jobId: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly endpoint: string;
}

const START_TIMEOUT_MS = 30_000;

/** Tells its environment, then waits: for a file that ends it, or for ever. */
export const PROGRAM = `
  const fs = require('node:fs');
  const file = process.env.REPORT_FILE;
  fs.writeFileSync(file + '.part', JSON.stringify(process.env));
  fs.renameSync(file + '.part', file);
  setInterval(() => { if (fs.existsSync(file + '.end')) process.exit(0); }, 50);`;

/** Submits a job to the process provider and waits until it runs. */
export async function startJob(
  server: ServerProcess,
  settings: object = {},
): Promise<StorageJob & { readonly endFile: string }> {
  const provider = '/api/cloud/providers/process';
  const command = [process.execPath, '-e', PROGRAM];
  await expectOk(server.send('PUT', provider, { command, max_concurrent: 50, ...settings }));
  const file = join(mkdtempSync(join(tmpdir(), 'simpletuner-job-')), 'environment.json');
  const submitted = await expectOk(
    server.send('POST', '/api/cloud/jobs/submit?provider=process', { config: {}, env: { REPORT_FILE: file } }),
  );
  const { job_id: jobId } = (await submitted.json()) as { job_id: string };
  const environment = await environmentIn(file);
  return {
    jobId,
    accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
    secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
    endpoint: environment['AWS_ENDPOINT_URL_S3'] ?? '',
    endFile: `${file}.end`,
  };
}

/** What a server is told to keep its artifacts in the bucket of a job of another one. */
export function bucketSettings(bucket: StorageJob, prefix = 'artifacts'): Record<string, string> {
  return {
    SIMPLETUNER_ARTIFACT_STORE: `s3://${bucket.jobId}/${prefix}`,
    SIMPLETUNER_ARTIFACT_STORE_ENDPOINT: bucket.endpoint,
    ARTIFACT_STORE_ACCESS_KEY_ID: bucket.accessKeyId,
    ARTIFACT_STORE_SECRET_ACCESS_KEY: bucket.secretAccessKey,
  };
}

/** The AWS SDK as a job would use it. */
export function s3Client(
  job: StorageJob,
  overrides: Partial<ConstructorParameters<typeof S3Client>[0]> = {},
): S3Client {
  const { endpoint, accessKeyId, secretAccessKey } = job;
  return new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 1,
    ...overrides,
  });
}

async function environmentIn(file: string): Promise<Record<string, string>> {
  for (let waitedMs = 0; !existsSync(file); waitedMs += 50) {
    if (waitedMs > START_TIMEOUT_MS) throw new Error('The job did not start');
    await pause(50);
  }
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
}

async function expectOk(sent: Promise<Response>): Promise<Response> {
  const response = await sent;
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return response;
}
