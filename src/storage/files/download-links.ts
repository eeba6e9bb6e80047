import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { Clock } from '#libs/clock';
import { encodeUri, presign } from '#libs/s3';
import { Keyring } from '../../config/index.js';
import { contextOf } from '../../http/index.js';
import { JobService } from '../../jobs/index.js';
import { SignedTargets, STORAGE_PREFIX } from '../http/signed-targets.js';

const PREFIX = 'STD';
const REGION = 'us-east-1';

export interface DownloadLink {
  readonly url: string;
  readonly expiresAtMs: number;
}

/** The server itself, as the signer of the links to one job's files. */
export interface LinkSigner {
  readonly jobId: string;
  readonly provider: string;
  /** From every master key that still counts, the present one first. */
  readonly secrets: readonly string[];
}

export interface LinkWish {
  readonly jobId: string;
  readonly provider: string;
  readonly key: string;
  readonly seconds: number;
  readonly isAttachment: boolean;
}

/**
 * Links with which whoever holds them can fetch one file for a while. They are signed with a secret of their own that only the
 * server knows, so they outlive the job's upload credentials, and nothing but the request that was signed can be done with them.
 */
@Injectable()
export class DownloadLinks {
  constructor(
    private readonly keyring: Keyring,
    private readonly targets: SignedTargets,
    private readonly jobs: JobService,
    private readonly clock: Clock,
  ) {}

  /** The link begins with the public URL when there is one, else with the address at which the caller has reached the server. */
  async make({ jobId, provider, key, seconds, isAttachment }: LinkWish, request: Request): Promise<DownloadLink> {
    const base = new URL((await this.targets.publicBase(provider)) ?? originSeenBy(request));
    const atMs = this.clock.now();
    const accessKeyId = accessKeyOf(jobId);
    const [secretAccessKey = ''] = this.secrets(accessKeyId);
    const path = `${base.pathname.replace(/\/$/, '')}${STORAGE_PREFIX}/${jobId}/${encodeUri(key, true)}`;
    const url = presign(
      {
        method: 'GET',
        origin: base.origin,
        rawPath: path,
        expiresSeconds: seconds,
        ...(isAttachment && { query: { 'response-content-disposition': 'attachment' } }),
      },
      { accessKeyId, secretAccessKey, region: REGION },
      atMs,
    );
    return { url, expiresAtMs: atMs + seconds * 1_000 };
  }

  /** Who has signed the links with this access key; undefined when there is no job that they could be of. */
  async signerOf(accessKeyId: string): Promise<LinkSigner | undefined> {
    const digits = new RegExp(`^${PREFIX}([0-9a-f]{32})$`).exec(accessKeyId)?.[1];
    if (digits === undefined) return undefined;
    const job = await this.jobs.find(digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'));
    return job && { jobId: job.jobId, provider: job.provider, secrets: this.secrets(accessKeyId) };
  }

  private secrets(accessKeyId: string): readonly string[] {
    return this.keyring.hmacWithAll(`download link ${accessKeyId}`);
  }
}

function accessKeyOf(jobId: string): string {
  return `${PREFIX}${jobId.replaceAll('-', '')}`;
}

function originSeenBy(request: Request): string {
  const isProxyTrusted = contextOf(request).client.hops[0]?.isTrusted === true;
  const forwarded = (name: string): string | undefined =>
    isProxyTrusted ? request.get(name)?.split(',')[0]?.trim() : undefined;
  const protocol = forwarded('x-forwarded-proto') === 'https' || request.secure ? 'https' : 'http';
  return `${protocol}://${forwarded('x-forwarded-host') ?? request.get('host') ?? 'localhost'}`;
}
