import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { vi } from 'vitest';
import type { ServerProcess } from './server.js';

/** A job that runs until it is cancelled, and the upload credentials it was handed. */
export interface StorageJob {
  readonly jobId: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly endpoint: string;
}

// The job tells its environment, then waits: for a file that ends it, or for ever.
const PROGRAM = `
  const fs = require('node:fs');
  const file = process.env.REPORT_FILE;
  fs.writeFileSync(file + '.part', JSON.stringify(process.env));
  fs.renameSync(file + '.part', file);
  setInterval(() => { if (fs.existsSync(file + '.end')) process.exit(0); }, 50);`;

/** Submits a job to the process provider and waits until it runs. */
export async function startJob(server: ServerProcess): Promise<StorageJob & { readonly endFile: string }> {
  const provider = '/api/cloud/providers/process';
  await expectOk(server.send('PUT', provider, { command: [process.execPath, '-e', PROGRAM], max_concurrent: 50 }));
  const file = join(mkdtempSync(join(tmpdir(), 'simpletuner-job-')), 'environment.json');
  const submitted = await expectOk(
    server.send('POST', '/api/cloud/jobs/submit?provider=process', { config: {}, env: { REPORT_FILE: file } }),
  );
  const { job_id: jobId } = (await submitted.json()) as { job_id: string };
  const environment = await vi.waitFor(() => JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>, {
    timeout: 30_000,
    interval: 50,
  });
  return {
    jobId,
    accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
    secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
    endpoint: environment['AWS_ENDPOINT_URL_S3'] ?? '',
    endFile: `${file}.end`,
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

async function expectOk(sent: Promise<Response>): Promise<Response> {
  const response = await sent;
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return response;
}
