import { isSecretName, redactText, registerSecret } from '#libs/log';
import type { Keyring } from '../../config/index.js';
import type { Submission } from '../adapter.js';
import { seal, unseal } from '../sealed-text.js';

const SEALING = 'process-log-secrets';
const SECRET_LENGTH_MIN = 6;
const DEPTH_MAX = 16;
const REDACTED = '[redacted]';

/**
 * Keeps a run's secrets out of its log as it is shown. A trainer may print its environment, and another server process
 * may show the log: so the secrets are kept sealed beside it.
 */
export class LogRedaction {
  constructor(private readonly keyring: Keyring) {}

  /** The submission's secrets, sealed; from now on the server's own log hides them too. */
  seal(submission: Submission): string {
    const { jobId, env, environment, config, dataloaderConfig } = submission;
    const secrets = [...new Set(secretsIn({ env, environment, config, dataloaderConfig }, DEPTH_MAX))];
    secrets.forEach(registerSecret);
    return seal(JSON.stringify(secrets), this.keyring.derive(SEALING), jobId);
  }

  /** `text` without those secrets, and without anything that has the form of one. */
  clean(text: string, jobId: string, sealed: string): string {
    const secrets = unseal(sealed, this.keyring.deriveWithAll(SEALING), jobId);
    const known = secrets === undefined ? [] : (JSON.parse(secrets) as string[]);
    // The longest first: one secret may be a part of another.
    const byLength = known.sort((one, other) => other.length - one.length);
    return redactText(byLength.reduce((result, secret) => result.replaceAll(secret, REDACTED), text));
  }
}

function* secretsIn(value: unknown, depth: number): Generator<string> {
  if (typeof value !== 'object' || value === null || depth === 0) return;
  for (const [name, member] of Object.entries(value)) {
    if (typeof member !== 'string') yield* secretsIn(member, depth - 1);
    else if (member.length >= SECRET_LENGTH_MIN && isSecretName(name)) yield member;
  }
}
