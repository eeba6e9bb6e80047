import type { SecretChain, SourceState } from '#libs/secrets';
import type { Finding } from '../health/index.js';
import { providerTokens } from './known-secrets.js';

/** What health says of the secrets, from what is known already: a probe must not wait for AWS. Never worse than degraded. */
export function secretsFinding(chain: SecretChain): Finding {
  const troubles = chain.states().filter(({ trouble }) => trouble !== undefined);
  if (troubles.length > 0) return { status: 'degraded', message: troubles.map(sentenceOf).join('; ') };
  const hasToken = providerTokens.some((name) => chain.isKnown(name));
  return { status: 'healthy', message: hasToken ? 'API token configured' : 'No API token of a provider is set' };
}

/** e.g. `Vault is sealed or in maintenance (503) since 12 s; its last good values count` */
export function sentenceOf({ label, trouble, failingForMs, isRead }: SourceState): string {
  if (trouble === undefined) return isRead ? `${label} has been read` : `${label} has not been read yet`;
  if (failingForMs === undefined) return `${label} ${trouble}`;
  const consequence = isRead ? 'its last good values count' : 'none of its values is known';
  return `${label} ${trouble}, for ${Math.round(failingForMs / 1_000)} s; ${consequence}`;
}
