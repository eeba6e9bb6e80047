import { describe, expect, it } from 'vitest';
import { ManualClock } from '#libs/clock';
import { generateWebhookSecret, signWebhook } from '#libs/webhook-signature';
import type { ProviderAdapter, ProviderSettings } from '../providers/index.js';
import type { Secrets } from '../secrets/index.js';
import { Proofs } from './proofs.js';

const secret = generateWebhookSecret();
const body = Buffer.from('{"id":"p1"}');

/** What is made of a signed webhook when the provider's secrets come from `webhookSecrets`. */
function proofOf(webhookSecrets: () => Promise<readonly string[]>, isRequired: boolean): ReturnType<Proofs['of']> {
  const clock = new ManualClock();
  const adapter = {
    name: 'replicate',
    webhookSecrets,
    newerWebhookSecrets: () => Promise.resolve(undefined),
    eventKeys: () => [],
  } as unknown as ProviderAdapter;
  const secrets = { get: () => Promise.reject(new Error('the chain is broken')) } as unknown as Secrets;
  const headers = signWebhook({ id: 'm1', timeMs: clock.now(), body, secrets: [secret] });
  const settings = { webhook_require_signature: isRequired } as ProviderSettings;
  return new Proofs(secrets, clock).of({ headers: { ...headers }, adapter, settings, body, jobId: undefined });
}

describe('the proof of a signed webhook', () => {
  it.each([
    ['the provider cannot be asked for its secret', () => Promise.reject(new Error('out of order'))],
    ['the chain of secrets fails', () => Promise.resolve([])],
  ])('is not needed where none is asked for, also when %s', async (_, webhookSecrets) => {
    expect(await proofOf(webhookSecrets, false)).toEqual({ webhookId: 'm1', isVerified: false });
    await expect(proofOf(webhookSecrets, true)).rejects.toThrow();
  });

  it('counts where it can be judged', async () => {
    const known = (): Promise<readonly string[]> => Promise.resolve([secret]);
    expect(await proofOf(known, false)).toEqual({ webhookId: 'm1', isVerified: true });
    expect(await proofOf(known, true)).toEqual({ webhookId: 'm1', isVerified: true });
  });
});
