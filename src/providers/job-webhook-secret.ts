import type { Keyring } from '../config/index.js';

/** The secret that a job is handed to sign its deliveries with. */
export function jobWebhookSecret(keyring: Keyring, jobId: string): string {
  return jobWebhookSecrets(keyring, jobId)[0];
}

/**
 * The secrets (`whsec_…`, Standard Webhooks) with which one job may sign its own deliveries: derived, never stored.
 * The first belongs to the current master key and is the one handed to the job; all of them count at the receiver.
 */
export function jobWebhookSecrets(keyring: Keyring, jobId: string): [string, ...string[]] {
  const [current, ...previous] = keyring
    .deriveWithAll(`job-webhook:${jobId}`)
    .map((key) => `whsec_${key.toString('base64')}`);
  return [current ?? '', ...previous];
}
