import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { DomainError } from '../http/index.js';
import { fingerprintOf, keyHashOf } from './idempotency.js';
import { IdempotencyRepository } from './idempotency.repository.js';
import type { Job } from './job.js';
import { JobRepository } from './job.repository.js';

/** A day. */
const KEY_LIFE_MS = 86_400_000;
const FORGET_INTERVAL_MS = 3_600_000;

/** The key of a submission and everything that it was given for. */
export interface SubmissionKey {
  readonly key: string;
  readonly wish: unknown;
}

/** Which job each idempotency key has made. */
@Injectable()
export class SubmissionKeys {
  private forgetDueMs = 0;

  constructor(
    private readonly keys: IdempotencyRepository,
    private readonly jobs: JobRepository,
    private readonly clock: Clock,
  ) {}

  /** The job that the key made before, or undefined for a new key. @throws DomainError conflict when it was for another wish. */
  async find(userId: string, { key, wish }: SubmissionKey): Promise<Job | undefined> {
    const known = await this.keys.find(keyHashOf(userId, key), this.clock.now());
    if (!known) return undefined;
    if (known.fingerprint !== fingerprintOf(wish))
      throw new DomainError('conflict', 'conflict', 'This idempotency key was used for another submission.');
    const job = await this.jobs.find(known.jobId);
    if (!job) throw new DomainError('conflict', 'conflict', 'The job of this idempotency key has been deleted.');
    return job;
  }

  /** @throws KeyTaken when another submission was first. */
  async remember(userId: string, { key, wish }: SubmissionKey, { jobId }: Job): Promise<void> {
    const nowMs = this.clock.now();
    const fingerprint = fingerprintOf(wish);
    await this.keys.remember(
      { keyHash: keyHashOf(userId, key), fingerprint, jobId, expiresAtMs: nowMs + KEY_LIFE_MS },
      nowMs,
    );
    if (nowMs < this.forgetDueMs) return;
    this.forgetDueMs = nowMs + FORGET_INTERVAL_MS;
    await this.keys.forgetExpired(nowMs);
  }
}
