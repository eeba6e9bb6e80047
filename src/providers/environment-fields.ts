import type { Config } from '../config/index.js';
import type { StoredFields } from './provider-settings.js';

/** The fields that the environment fixes for every provider: it is the operator's word and wins over what is stored. */
export function environmentFields({ settings, sources }: Config): StoredFields {
  const fields: Record<string, unknown> = {};
  // Providers are reached over https; HTTP_PROXY counts where it is the only one, as in most programs' set-ups.
  const proxyUrl = settings.httpsProxy || settings.httpProxy;
  if (proxyUrl !== '') fields['proxy_url'] = proxyUrl;
  if (settings.caBundle !== '') fields['ssl_ca_bundle'] = settings.caBundle;
  if (sources.sslVerify !== 'default') fields['ssl_verify'] = settings.sslVerify;
  if (sources.httpTimeoutMs !== 'default') fields['http_timeout'] = settings.httpTimeoutMs / 1_000;
  return fields;
}
