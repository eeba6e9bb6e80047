import { rootCertificates } from 'node:tls';
import type { Dispatcher } from 'undici';
import { isProxied } from './no-proxy.js';

/** How a destination is reached. */
export interface OutboundSettings {
  /** An http or https proxy, with credentials where it wants some; empty for none. */
  readonly proxyUrl: string;
  /** Hosts that are reached without the proxy. */
  readonly noProxy: string;
  /** PEM certificates that count beside those of the system; empty for none. */
  readonly certificates: string;
  readonly verifiesCertificates: boolean;
  /** For the whole exchange, from the connect to the last byte of the answer. */
  readonly timeoutMs: number;
}

const CONNECT_TIMEOUT_MS = 10_000;
const CONNECTIONS_MAX = 32;

/** The HTTP client itself, loaded at the first call: a server that starts does not need it yet. */
export type Undici = typeof import('undici');

/** A dispatcher for requests to `url` under these settings. */
export function createDispatcher({ Agent, ProxyAgent }: Undici, settings: OutboundSettings, url: URL): Dispatcher {
  const { proxyUrl, noProxy, certificates, verifiesCertificates, timeoutMs } = settings;
  const tls = {
    rejectUnauthorized: verifiesCertificates,
    ...(certificates !== '' && { ca: [...rootCertificates, certificates] }),
    timeout: Math.min(timeoutMs, CONNECT_TIMEOUT_MS),
  };
  const common = { connections: CONNECTIONS_MAX, headersTimeout: timeoutMs, bodyTimeout: timeoutMs };
  if (proxyUrl === '' || !isProxied(url, noProxy)) return new Agent({ ...common, connect: tls });
  return new ProxyAgent({ ...common, uri: proxyUrl, requestTls: tls, proxyTls: tls });
}
