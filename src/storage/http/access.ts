import { S3Error, type ChunkSigning } from '#libs/s3';
import type { Caller } from '../../http/index.js';
import type { UploadCredential } from '../../jobs/index.js';

/** A job, by its upload token. */
export interface JobAccess {
  readonly kind: 'job';
  readonly credential: UploadCredential;
  /** `secret`: the bare secret in a header, as the worker and curl send it; it is answered in JSON. */
  readonly form: 'signature' | 'secret';
  /** The payload line that the signature covers. */
  readonly payloadHash: string;
  readonly signing: ChunkSigning | undefined;
  /** When the credential was looked up, on the monotonic clock. */
  readonly judgedAtMs: number;
}

/** A person or program with an account: reads what it may see. */
export interface PersonAccess {
  readonly kind: 'person';
  readonly caller: Caller;
}

/** Whoever holds a link that the server has signed: reads the one file that the link names. */
export interface LinkAccess {
  readonly kind: 'link';
  readonly jobId: string;
}

export type Access = JobAccess | PersonAccess | LinkAccess;

/** `finish`: what ends a multipart upload that has begun. */
export type Need = 'read' | 'write' | 'finish';

/** @throws S3Error AccessDenied unless the state of the job's credential allows it (contract §8). */
export function requireState(credential: UploadCredential, need: Need, nowMs: number): void {
  const { state, graceUntilMs } = credential;
  if (state === 'active') return;
  const isInGrace = state === 'grace' && nowMs <= (graceUntilMs ?? 0);
  if (isInGrace && need !== 'write') return;
  throw denied(
    isInGrace
      ? 'The job has completed: only multipart uploads that had begun may still finish.'
      : 'The upload token is not valid any more: the job has ended.',
  );
}

export function denied(message = 'Access Denied'): S3Error {
  return new S3Error('AccessDenied', message);
}
