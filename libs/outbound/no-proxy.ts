import { hostOf, portOf } from './url-parts.js';

/**
 * Whether requests to `url` go through the proxy, given a NO_PROXY list as curl and most programs read it: host names that
 * also stand for everything below them, addresses, an optional port, or `*` for everything.
 */
export function isProxied(url: URL, noProxy: string): boolean {
  const host = hostOf(url).toLowerCase();
  const port = String(portOf(url));
  return !noProxy
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => covers(entry.toLowerCase(), host, port));
}

function covers(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  const [, bracketed, name = '', entryPort] = /^(?:\[([^\]]+)\]|([^:]*|[^:]*:.*:[^:]*?))(?::(\d+))?$/.exec(entry) ?? [];
  const wanted = (bracketed ?? name).replace(/^\*?\./, '');
  if (wanted === '' || (entryPort !== undefined && entryPort !== port)) return false;
  return host === wanted || host.endsWith(`.${wanted}`);
}
