import type { Secrets } from '../secrets/index.js';

/** What counts where the provider tells no secret of its own: the current one and, while it is being replaced, the previous one. */
export async function configuredSecrets(secrets: Secrets): Promise<string[]> {
  const list = (await secrets.get('CLOUD_WEBHOOK_SECRET')) ?? '';
  return list
    .split(',')
    .map((secret) => secret.trim())
    .filter((secret) => secret !== '');
}
