import { isLoopback, normalizeAddress } from './address.js';
import { hasForwardingHeader, type HeaderMap } from './headers.js';

const hostCharsMax = 255;

/**
 * Whether a request was sent by a program on this machine to this machine (contract §3): the socket's peer is loopback,
 * nothing says that a proxy or tunnel passed it on, and Host is a loopback name, which a page that rebinds its DNS
 * name to 127.0.0.1 cannot make it. `host` is the Host header unless given.
 */
export function isLocalRequest(request: {
  readonly peer: string | undefined;
  readonly headers: HeaderMap;
  readonly host?: string;
}): boolean {
  const { peer, headers } = request;
  const host = request.host ?? headers.host;
  return (
    peer !== undefined &&
    isLoopback(peer) &&
    !hasForwardingHeader(headers) &&
    typeof host === 'string' &&
    isLoopbackHost(host)
  );
}

/** Whether a Host header (with or without a port) is localhost, a name under it (RFC 6761), 127.0.0.0/8 or [::1]. */
function isLoopbackHost(host: string): boolean {
  if (host.length > hostCharsMax) return false;
  const [, name] = /^(\[[0-9a-f:.]+\]|[a-z0-9_.-]+?)\.?(?::\d{1,5})?$/i.exec(host) ?? [];
  if (name === undefined) return false;
  if (/^([a-z0-9_-]+\.)*localhost$/i.test(name)) return true;
  const address = normalizeAddress(name);
  return address !== undefined && isLoopback(address);
}
