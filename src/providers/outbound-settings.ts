import { readFile } from 'node:fs/promises';
import type { OutboundSettings } from '#libs/outbound';
import { expandHome } from '../config/index.js';
import { DomainError } from '../http/index.js';
import type { ProviderSettings } from './provider-fields.js';

/**
 * How a provider is reached, as its settings have it now.
 * @throws DomainError provider_unavailable when the CA bundle cannot be read (any more).
 */
export async function outboundSettingsOf(settings: ProviderSettings, noProxy: string): Promise<OutboundSettings> {
  return {
    proxyUrl: settings.proxy_url,
    noProxy,
    certificates: settings.ssl_ca_bundle === '' ? '' : await readBundle(settings.ssl_ca_bundle),
    verifiesCertificates: settings.ssl_verify,
    timeoutMs: settings.http_timeout * 1_000,
  };
}

async function readBundle(path: string): Promise<string> {
  try {
    return await readFile(expandHome(path), 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'error';
    throw new DomainError('unavailable', 'provider_unavailable', `The CA bundle cannot be read (${code}).`, {
      cause: error,
    });
  }
}
