/** What an idempotency key stands for. */
export interface RememberedSubmission {
  readonly keyHash: string;
  readonly fingerprint: string;
  readonly jobId: string;
  readonly expiresAtMs: number;
}

/** Where idempotency keys live. Every driver must pass test/contract/jobs-idempotency.test.ts. */
export abstract class IdempotencyRepository {
  /** What is remembered under the key and has not expired. */
  abstract find(keyHash: string, nowMs: number): Promise<RememberedSubmission | undefined>;
  /**
   * Remembers a submission, in the caller's transaction; of several at once one succeeds. An expired one is replaced.
   * @throws KeyTaken when the key stands for another submission; the caller's transaction is then lost.
   */
  abstract remember(submission: RememberedSubmission, nowMs: number): Promise<void>;
  abstract forgetExpired(nowMs: number): Promise<void>;
}

/** Somebody else has used the key first. */
export class KeyTaken extends Error {
  override readonly name = 'KeyTaken';
}
