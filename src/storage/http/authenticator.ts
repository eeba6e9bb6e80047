import { Injectable } from '@nestjs/common';
import { timingSafeEqual } from 'node:crypto';
import { Clock } from '#libs/clock';
import {
  parseSignatureClaim,
  S3Error,
  SignatureVerifier,
  type ChunkSigning,
  type S3Request,
  type SignatureClaim,
  type VerifyOptions,
} from '#libs/s3';
import { Keyring } from '../../config/index.js';
import type { RequestContext } from '../../http/index.js';
import { UploadCredentials } from '../../jobs/index.js';
import { DownloadLinks, type LinkSigner } from '../files/download-links.js';
import { storageLimits } from '../storage.limits.js';
import { denied, type Access } from './access.js';
import { SignedTargets } from './signed-targets.js';

const UNSIGNED = 'UNSIGNED-PAYLOAD';

/** Establishes who sends a storage request: a job by signature or secret, or a person by whatever the pipeline found. */
@Injectable()
export class Authenticator {
  private readonly verifier = new SignatureVerifier();

  constructor(
    private readonly credentials: UploadCredentials,
    private readonly keyring: Keyring,
    private readonly targets: SignedTargets,
    private readonly links: DownloadLinks,
    private readonly clock: Clock,
  ) {}

  /** `jobId` is the job that the address names, if any. @throws S3Error when the proof is missing or wrong. */
  async authenticate(request: S3Request, context: RequestContext, jobId: string | undefined): Promise<Access> {
    const claim = parseSignatureClaim(request);
    if (claim) return this.bySignature(claim, request, context);
    const { headers } = request;
    const secret = headers.single('x-upload-token') ?? headers.single('x-simpletuner-secret');
    if (secret !== undefined) return this.bySecret(secret, request, jobId);
    if (context.caller.kind === 'anonymous') throw denied();
    return { kind: 'person', caller: context.caller };
  }

  private async bySignature(claim: SignatureClaim, request: S3Request, context: RequestContext): Promise<Access> {
    const signer = await this.links.signerOf(claim.accessKeyId);
    if (signer) return this.byLink(claim, request, context, signer);
    const judgedAtMs = this.clock.monotonicMs();
    const credential = await this.credentials.find(claim.accessKeyId);
    if (!credential) {
      throw new S3Error('InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.', {
        AWSAccessKeyId: claim.accessKeyId,
      });
    }
    const targets = await this.targets.of(request, context, credential.provider);
    const secrets = this.keyring.hmacWithAll(credential.uploadToken);
    const signing = this.verify(claim, request, secrets, { targets });
    return { kind: 'job', credential, form: 'signature', payloadHash: claim.payloadHash, signing, judgedAtMs };
  }

  /** The server itself signed the one request that a link stands for: its query form, and for no longer than links live. */
  private async byLink(
    claim: SignatureClaim,
    request: S3Request,
    context: RequestContext,
    { jobId, provider, secrets }: LinkSigner,
  ): Promise<Access> {
    if (claim.form !== 'query' || request.method !== 'GET') throw denied();
    const targets = await this.targets.of(request, context, provider);
    this.verify(claim, request, secrets, { targets, expiresSecondsMax: storageLimits.linkSecondsMax });
    return { kind: 'link', jobId };
  }

  /** Every master key that still counts has given out secrets. */
  private verify(
    claim: SignatureClaim,
    request: S3Request,
    secrets: readonly string[],
    options: Pick<VerifyOptions, 'targets' | 'expiresSecondsMax'>,
  ): ChunkSigning {
    for (const [position, secretAccessKey] of secrets.entries()) {
      try {
        return this.verifier.verify(claim, request, { ...options, secretAccessKey, nowMs: this.clock.now() });
      } catch (error) {
        const isWrongKey = error instanceof S3Error && error.code === 'SignatureDoesNotMatch';
        if (!isWrongKey || position === secrets.length - 1) throw error;
      }
    }
    throw denied();
  }

  private async bySecret(secret: string, request: S3Request, jobId: string | undefined): Promise<Access> {
    const judgedAtMs = this.clock.monotonicMs();
    const credential = jobId === undefined ? undefined : await this.credentials.findByJob(jobId);
    const isRight = credential && this.keyring.hmacWithAll(credential.uploadToken).some((right) => same(right, secret));
    if (!credential || !isRight) throw denied('The upload secret is not that of the job which the address names.');
    const payloadHash = request.headers.single('x-amz-content-sha256') ?? UNSIGNED;
    return { kind: 'job', credential, form: 'secret', payloadHash, signing: undefined, judgedAtMs };
  }
}

function same(right: string, given: string): boolean {
  const [a, b] = [Buffer.from(right), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}
