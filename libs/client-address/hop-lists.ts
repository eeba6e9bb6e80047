/** How much of a forwarding header is looked at; nearer hops stand at its end. */
export const hopLimits = { headerCharsMax: 8_192, hopsMax: 64 };

/** The elements of X-Forwarded-For, nearest hop first. Of a header that is too long the near end is read. */
export function xForwardedForHops(header: string): readonly string[] {
  const isCut = header.length > hopLimits.headerCharsMax;
  const elements = header.slice(-hopLimits.headerCharsMax).split(',');
  return nearestFirst(
    elements
      .slice(isCut ? 1 : 0)
      .map((element) => element.trim().replace(/^"(.*)"$/, '$1'))
      .filter((element) => element !== ''),
  );
}

// One `name=value` and the separator after it; everything before the separator may be missing (RFC 7239 §4, RFC 9110 §5.6.1).
const pair = /[ \t]*(?:([\w!#$%&'*+.^`|~-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s",;\\]*)))?[ \t]*([,;]|$)/y;

/**
 * The `for` values of a Forwarded header (RFC 7239), nearest hop first; an element without one is an empty text.
 * Undefined when the header breaks the syntax anywhere or is too long: a caller could have opened a quote that
 * swallows what the proxy appended, so no part of it can be believed. Unquoted IPv6 addresses and ports are taken.
 */
export function forwardedHops(header: string): readonly string[] | undefined {
  if (header.length > hopLimits.headerCharsMax) return undefined;
  const hops: string[] = [];
  let element = new Map<string, string>();
  for (pair.lastIndex = 0; ;) {
    const match = pair.exec(header);
    if (!match) return undefined;
    const [, name, quoted, bare = '', separator] = match;
    if (name !== undefined) {
      const key = name.toLowerCase();
      if (element.has(key)) return undefined;
      element.set(key, quoted === undefined ? bare : quoted.replace(/\\(.)/g, '$1'));
    }
    if (separator === ';') continue;
    if (element.size > 0) hops.push(element.get('for') ?? '');
    if (separator === '') return nearestFirst(hops);
    element = new Map();
  }
}

function nearestFirst(hops: readonly string[]): readonly string[] {
  return hops.slice(-hopLimits.hopsMax).reverse();
}
