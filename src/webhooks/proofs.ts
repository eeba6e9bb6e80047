import { Injectable } from '@nestjs/common';
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Clock } from '#libs/clock';
import { getLogger } from '#libs/log';
import { verifyWebhook, type VerificationFailure } from '#libs/webhook-signature';
import type { ProviderAdapter, ProviderSettings } from '../providers/index.js';
import { Secrets } from '../secrets/index.js';
import { configuredSecrets } from './configured-secrets.js';

const log = getLogger('webhooks');

/** How a sender proved itself: by a signature, by a job-scoped key, or (where the provider's settings allow it) not at all. */
export interface Proof {
  readonly webhookId: string;
  /** False where the provider's settings ask for no proof. */
  readonly isVerified: boolean;
}

/** Why a webhook is not believed. */
export type Doubt = VerificationFailure | 'key_mismatch' | 'no_secret_configured';

/** The same as the end of a sentence, for whoever has to mend it. */
export const doubtWords: Readonly<Record<Doubt, string>> = {
  missing_header: 'webhook-id, webhook-timestamp or webhook-signature is missing',
  malformed_header: 'webhook-id, webhook-timestamp or webhook-signature is not as Standard Webhooks has it',
  timestamp_too_old: 'it was signed more than 5 minutes ago by the clock of this server',
  timestamp_too_new: 'it was signed more than 5 minutes from now by the clock of this server',
  no_match: 'its signature fits none of the secrets that count here',
  key_mismatch: 'X-API-Key is not the key of the job which the address names',
  no_secret_configured: 'no secret is configured to check it with',
};

/** A webhook as it came, and what it came for. */
export interface Claim {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly adapter: ProviderAdapter;
  readonly settings: ProviderSettings;
  readonly jobId: string | undefined;
}

/** Judges whether a webhook comes from whom it says (contract §7). */
@Injectable()
export class Proofs {
  constructor(
    private readonly secrets: Secrets,
    private readonly clock: Clock,
  ) {}

  /** The proof, or the reason why there is none. */
  async of(claim: Claim): Promise<Proof | Doubt> {
    const { headers, adapter, settings, body, jobId } = claim;
    const key = headers['x-api-key'];
    if (typeof key === 'string' && headers['webhook-signature'] === undefined) {
      // The trainer's own events are not signed; a key that only this job was given stands in for the signature.
      const keys = jobId === undefined ? [] : adapter.eventKeys(jobId);
      return keys.some((own) => sameText(own, key))
        ? { webhookId: contentId(body, jobId, key), isVerified: true }
        : 'key_mismatch';
    }
    if (settings.webhook_require_signature) return this.bySignature(claim);
    // Whoever does sign is told apart from the others, and counted on the provider.
    const proof = headers['webhook-signature'] === undefined ? undefined : await this.bySignatureIfKnown(claim);
    if (typeof proof === 'object') return proof;
    return { webhookId: headerText(headers['webhook-id']) ?? contentId(body, jobId), isVerified: false };
  }

  /** The same where the answer is good to have and not needed: who need not sign at all is not refused for want of a secret. */
  private async bySignatureIfKnown(claim: Claim): Promise<Proof | Doubt | undefined> {
    try {
      return await this.bySignature(claim);
    } catch (error) {
      log.warning('A signature could not be judged; the webhook is taken as unsigned', {
        provider: claim.adapter.name,
        error,
      });
      return undefined;
    }
  }

  private async bySignature(claim: Claim): Promise<Proof | Doubt> {
    const own = await claim.adapter.webhookSecrets(claim.jobId);
    const secrets = own.length > 0 ? own : (await configuredSecrets(this.secrets)).usable;
    if (secrets.length === 0) return 'no_secret_configured';
    const verdict = this.verdict(claim, secrets);
    if (verdict !== 'no_match' || own.length === 0) return verdict;
    // The provider may have another secret since it was asked.
    const newer = await claim.adapter.newerWebhookSecrets(own);
    return newer ? this.verdict(claim, newer) : verdict;
  }

  private verdict({ headers, body }: Claim, secrets: readonly string[]): Proof | Doubt {
    const verdict = verifyWebhook({ headers, body, secrets, nowMs: this.clock.now() });
    return verdict.ok ? { webhookId: verdict.messageId, isVerified: true } : verdict.reason;
  }
}

/**
 * An id for senders that give none: equal bodies of one job are the same delivery. Other jobs send equal bodies, too, and none
 * of them must be able to foretell, and so to use up, the id of another one's event: hence its key.
 */
function contentId(body: Buffer, jobId: string | undefined, key = ''): string {
  const sender = JSON.stringify([jobId ?? '', key]);
  return `sha256:${createHash('sha256').update(sender).update(body).digest('hex')}`;
}

function headerText(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' && value.length > 0 && value.length <= 256 ? value : undefined;
}

function sameText(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}
