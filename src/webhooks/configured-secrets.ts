import { isWebhookSecret } from '#libs/webhook-signature';
import type { Secrets } from '../secrets/index.js';

/**
 * What counts where the provider tells no secret of its own: the current one and, while it is being replaced, the previous one.
 * One that is no secret of Standard Webhooks cannot have signed anything and is left out; `hasUnusable` tells of it.
 */
export async function configuredSecrets(
  secrets: Pick<Secrets, 'get'>,
): Promise<{ readonly usable: readonly string[]; readonly hasUnusable: boolean }> {
  const list = (await secrets.get('CLOUD_WEBHOOK_SECRET')) ?? '';
  const given = list
    .split(',')
    .map((secret) => secret.trim())
    .filter((secret) => secret !== '');
  const usable = given.filter(isWebhookSecret);
  return { usable, hasUnusable: usable.length < given.length };
}
