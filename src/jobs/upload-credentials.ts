import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { JobUploadRepository, type JobUpload } from './job-upload.repository.js';

/** How long multipart uploads that were begun may still finish after the job has reported its completion. */
const GRACE_MS = 900_000;
/** Thirty days. */
const AGE_MS_MAX = 2_592_000_000;

/** What an upload token stands for. Its secret is `keyring.hmac(token)` and is never stored. */
export interface UploadCredential {
  readonly uploadToken: string;
  readonly jobId: string;
  readonly userId: string;
  readonly provider: string;
  /** `grace`: the job has completed; multipart uploads already begun may finish until `graceUntilMs`, nothing new may begin. */
  readonly state: 'active' | 'grace' | 'revoked';
  readonly graceUntilMs: number | null;
  readonly expiresAtMs: number;
}

/** The job-scoped upload credentials (contract §8). */
@Injectable()
export class UploadCredentials {
  constructor(
    private readonly uploads: JobUploadRepository,
    private readonly clock: Clock,
  ) {}

  /** One indexed read; undefined for a token that was never given out. A token past its age is `revoked`. */
  async find(uploadToken: string): Promise<UploadCredential | undefined> {
    const upload = await this.uploads.find(uploadToken);
    return upload && credentialOf(upload, this.clock.now());
  }

  /** The credential of a job, for callers who send the bare secret (`X-Upload-Token`) and name the job in the address. */
  async findByJob(jobId: string): Promise<UploadCredential | undefined> {
    const [upload] = await this.uploads.ofJobs([jobId]);
    return upload && credentialOf(upload, this.clock.now());
  }
}

function credentialOf(upload: JobUpload, nowMs: number): UploadCredential {
  const { uploadToken, jobId, userId, provider, closedAtMs, isRevoked } = upload;
  const expiresAtMs = upload.createdAtMs + AGE_MS_MAX;
  const graceUntilMs = closedAtMs === null || isRevoked ? null : closedAtMs + GRACE_MS;
  const isOver = nowMs >= expiresAtMs || isRevoked || (graceUntilMs !== null && nowMs >= graceUntilMs);
  const state = isOver ? 'revoked' : graceUntilMs === null ? 'active' : 'grace';
  return { uploadToken, jobId, userId, provider, state, graceUntilMs, expiresAtMs };
}
