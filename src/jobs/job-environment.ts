import { Injectable } from '@nestjs/common';
import { registerSecret } from '#libs/log';
import { Config, Keyring } from '../config/index.js';
import { Listeners } from '../http/index.js';
import { jobWebhookSecret, ProviderSettingsService, type Submission } from '../providers/index.js';
import { isTerminal, type Job } from './job.js';
import { JobUploadRepository } from './job-upload.repository.js';
import type { JobSubmission } from './submission.js';

const STORAGE_PATH = '/api/cloud/storage';
/** Below the 100 MB that tunnels allow a body, and large enough for 600 GB in S3's 10,000 parts. */
const PART_BYTES = 67_108_864;
/** On this machine smaller parts cost nothing and show progress sooner. */
const LOOPBACK_PART_BYTES = 16_777_216;

/** What a job is told of this server: addresses and credentials (contract §6). */
@Injectable()
export class JobEnvironment {
  constructor(
    private readonly config: Config,
    private readonly keyring: Keyring,
    private readonly listeners: Listeners,
    private readonly settings: ProviderSettingsService,
    private readonly uploads: JobUploadRepository,
  ) {}

  /** Everything the provider needs to run the job. */
  async prepare(job: Job, submission: JobSubmission): Promise<Submission> {
    const settings = await this.settings.get(job.provider);
    const base = this.base(job.provider, settings.s3_public_url, settings.webhook_url);
    const webhookUrl = webhookAddress(job, submission.webhookUrl ?? settings.webhook_url, base);
    return {
      jobId: job.jobId,
      config: submission.config,
      dataloaderConfig: submission.dataloaderConfig,
      hardwareProfile: submission.hardwareProfile,
      env: submission.env,
      environment: {
        SIMPLETUNER_JOB_ID: job.jobId,
        ...(settings.s3_endpoint_enabled && base !== null && (await this.uploadVariables(job, base))),
        ...(webhookUrl !== null && this.webhookVariables(job.jobId, webhookUrl)),
      },
      webhookUrl,
      correlationId: job.correlationId,
    };
  }

  /** Where a job of this id at the provider would be told to report; null when the server has no address for it. */
  async webhookUrl(provider: string, jobId: string): Promise<string | null> {
    const settings = await this.settings.get(provider);
    const base = this.base(provider, settings.s3_public_url, settings.webhook_url);
    return webhookAddress({ provider, jobId }, settings.webhook_url, base);
  }

  /** Precedence as contract §1; without any, a program on this machine can still reach the ops listener. */
  private base(provider: string, s3PublicUrl: string, webhookUrl: string): string | null {
    if (s3PublicUrl !== '') return s3PublicUrl.replace(/\/+$/, '');
    if (webhookUrl !== '') return new URL(webhookUrl).origin;
    if (this.config.settings.publicUrl !== '') return this.config.settings.publicUrl;
    return provider === 'process' ? (this.listeners.origin('ops') ?? null) : null;
  }

  private async uploadVariables(job: Job, base: string): Promise<Record<string, string>> {
    const [upload] = await this.uploads.ofJobs([job.jobId]);
    if (!upload || isTerminal(job.status)) return {};
    const secret = this.keyring.hmac(upload.uploadToken);
    registerSecret(secret);
    const endpoint = `${base}${STORAGE_PATH}`;
    return {
      AWS_ACCESS_KEY_ID: upload.uploadToken,
      AWS_SECRET_ACCESS_KEY: secret,
      AWS_ENDPOINT_URL_S3: endpoint,
      AWS_REGION: 'us-east-1',
      SIMPLETUNER_UPLOAD_ENDPOINT: endpoint,
      SIMPLETUNER_UPLOAD_TOKEN: upload.uploadToken,
      SIMPLETUNER_UPLOAD_SECRET: secret,
      SIMPLETUNER_UPLOAD_BUCKET: job.jobId,
      SIMPLETUNER_UPLOAD_PART_SIZE: String(isLoopback(base) ? LOOPBACK_PART_BYTES : PART_BYTES),
    };
  }

  private webhookVariables(jobId: string, webhookUrl: string): Record<string, string> {
    const secret = jobWebhookSecret(this.keyring, jobId);
    registerSecret(secret);
    return { SIMPLETUNER_WEBHOOK_URL: webhookUrl, SIMPLETUNER_WEBHOOK_SECRET: secret };
  }
}

/** Variables of the above and those that would have the same effect; a job may not set them (contract §6). */
export const reservedVariables: ReadonlySet<string> = new Set([
  'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_PROFILE', 'AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_S3',
  'AWS_REGION', 'AWS_DEFAULT_REGION', 'SIMPLETUNER_JOB_ID', 'SIMPLETUNER_UPLOAD_ENDPOINT', 'SIMPLETUNER_UPLOAD_TOKEN',
  'SIMPLETUNER_UPLOAD_SECRET', 'SIMPLETUNER_UPLOAD_BUCKET', 'SIMPLETUNER_UPLOAD_PART_SIZE', 'SIMPLETUNER_WEBHOOK_URL',
  'SIMPLETUNER_WEBHOOK_SECRET', 'SIMPLETUNER_CONFIG_FILE', 'SIMPLETUNER_DATALOADER_FILE',
]); // prettier-ignore

/**
 * A configured address may be a bare base or the whole path; the job is named in the query either way, and so is the correlation
 * id of its submission, as providers send no header of ours back.
 */
function webhookAddress(
  job: Pick<Job, 'provider' | 'jobId'> & Partial<Pick<Job, 'correlationId'>>,
  configured: string,
  base: string | null,
): string | null {
  const path = `/api/webhooks/${encodeURIComponent(job.provider)}`;
  if (configured === '' && base === null) return null;
  const url = new URL(configured === '' ? `${base}${path}` : configured);
  if (configured !== '' && (url.pathname === '' || url.pathname === '/')) url.pathname = path;
  url.searchParams.set('job', job.jobId);
  if (job.correlationId !== undefined) url.searchParams.set('correlation_id', job.correlationId);
  return url.href;
}

function isLoopback(base: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(base).hostname);
}
