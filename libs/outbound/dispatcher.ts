import * as tls from 'node:tls';
import type { Agent } from 'undici';
import type { Clock } from '../clock/index.js';
import { connect, type Resolve, type StageReport, type Way } from './connect.js';
import type { EgressGuard, Reach } from './egress-guard.js';
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
  /** For each phase of an exchange: until it is connected (10 s at most), until the headers, until the end of the body. */
  readonly timeoutMs: number;
}

/** What connections are made with, beside the settings. */
export interface OutboundNet {
  readonly clock: Clock;
  readonly guard: EgressGuard;
  readonly reach: Reach;
  /** The system's resolver unless given. */
  readonly resolve?: Resolve;
  readonly onStage?: (report: StageReport) => void;
}

const CONNECT_TIMEOUT_MS_MAX = 10_000;
const CONNECTIONS_MAX = 64;

/** The HTTP client itself, loaded at the first call: a server that starts does not need it yet. */
export type Undici = typeof import('undici');

/** From the start of a call until it is on its way, in milliseconds. */
export function connectTimeoutMs({ timeoutMs }: OutboundSettings): number {
  return Math.min(timeoutMs, CONNECT_TIMEOUT_MS_MAX);
}

/** The proxy through which `url` is reached, or undefined. */
export function proxyFor({ proxyUrl, noProxy }: OutboundSettings, url: URL): URL | undefined {
  return proxyUrl === '' || !isProxied(url, noProxy) ? undefined : new URL(proxyUrl);
}

/** How connections to `destination` are made under these settings. */
export function wayTo(destination: URL, settings: OutboundSettings, net: OutboundNet): Way {
  return {
    ...net,
    destination,
    proxy: proxyFor(settings, destination),
    verifiesCertificates: settings.verifiesCertificates,
    secureContext: secureContextOf(settings.certificates),
  };
}

/** A dispatcher for requests to `destination` under these settings. Deadlines after the connect are the caller's. */
export function createDispatcher(
  { Agent }: Undici,
  settings: OutboundSettings,
  destination: URL,
  net: OutboundNet,
): Agent {
  const way = wayTo(destination, settings, net);
  return new Agent({
    connections: CONNECTIONS_MAX,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: (_options, done) => {
      const overdue = new AbortController();
      const timer = net.clock.after(connectTimeoutMs(settings), () => overdue.abort());
      connect(way, overdue.signal)
        .finally(() => timer.stop())
        .then(
          (socket) => done(null, socket),
          (error: unknown) => done(error as Error, null),
        );
    },
  });
}

/** Further authorities beside those that Node would trust by itself. */
function secureContextOf(certificates: string): tls.SecureContext | undefined {
  if (certificates === '') return undefined;
  // Newer Node also tells those that NODE_EXTRA_CA_CERTS or the system's store have added.
  const { getCACertificates } = tls as { getCACertificates?: () => string[] };
  return tls.createSecureContext({ ca: [...(getCACertificates?.() ?? tls.rootCertificates), certificates] });
}
