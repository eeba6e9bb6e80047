import type { Keyring } from '../config/index.js';
import { seal, unseal } from '../providers/index.js';

/** What was submitted, kept so that the job can be handed over after a crash, and again by a retry. */
export interface JobSubmission {
  readonly config: Readonly<Record<string, unknown>>;
  readonly configName: string | null;
  readonly dataloaderConfig: readonly Readonly<Record<string, unknown>>[];
  readonly hardwareProfile: string | null;
  /** Where the job reports to instead of this server's own address. */
  readonly webhookUrl: string | null;
  readonly trackerRunName: string | null;
  readonly env: Readonly<Record<string, string>>;
}

const SEALING = 'job-submission';

/** Encrypts a submission for storage: its variables and configuration may hold the submitter's credentials. */
export function sealSubmission(keyring: Keyring, jobId: string, submission: JobSubmission): string {
  return seal(JSON.stringify(submission), keyring.derive(SEALING), jobId);
}

/** @throws Error when none of the master keys opens it. */
export function openSubmission(keyring: Keyring, jobId: string, sealed: string | undefined): JobSubmission {
  const text = sealed === undefined ? undefined : unseal(sealed, keyring.deriveWithAll(SEALING), jobId);
  if (text === undefined)
    throw new Error(
      `The submission of job ${jobId} cannot be decrypted: the master key has changed; put the former one into SIMPLETUNER_SECRET_KEY_PREVIOUS`,
    );
  return JSON.parse(text) as JobSubmission;
}
