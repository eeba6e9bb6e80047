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
export abstract class UploadCredentials {
  /** One indexed read; undefined for a token that was never given out. A token past its age is `revoked`. */
  abstract find(uploadToken: string): Promise<UploadCredential | undefined>;
}
