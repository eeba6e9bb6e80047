import { S3Error } from './errors.js';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const malformedEscape = /%(?![0-9A-Fa-f]{2})/;
const outsideVisibleAscii = /[^\x21-\x7e]/;

/**
 * Percent-decodes a part of a URL exactly once. A stray `%`, a byte outside visible ASCII or octets that are not UTF-8
 * are InvalidURI: a lenient reader would let two spellings name one object. `+` stays a plus (RFC 3986).
 */
export function decodeUriPart(raw: string): string {
  if (malformedEscape.test(raw) || outsideVisibleAscii.test(raw)) throw invalidUri();
  if (!raw.includes('%')) return raw;
  const octets = Buffer.alloc(raw.length);
  let length = 0;
  for (let index = 0; index < raw.length; index += 1) {
    const escaped = raw.charCodeAt(index) === 0x25;
    octets[length] = escaped ? Number.parseInt(raw.slice(index + 1, index + 3), 16) : raw.charCodeAt(index);
    length += 1;
    if (escaped) index += 2;
  }
  try {
    return utf8.decode(octets.subarray(0, length));
  } catch {
    throw invalidUri();
  }
}

/** AWS `UriEncode`: every octet but the unreserved characters of RFC 3986 becomes `%XX`; `/` too unless kept. */
export function encodeUri(text: string, keepSlash = false): string {
  const encoded = encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return keepSlash ? encoded.replaceAll('%2F', '/') : encoded;
}

/** The pairs of a raw query in order of arrival, still encoded; a name without `=` has the value ''. */
export function rawQueryPairs(rawQuery: string): [name: string, value: string][] {
  return rawQuery
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const mark = pair.indexOf('=');
      return mark < 0 ? [pair, ''] : [pair.slice(0, mark), pair.slice(mark + 1)];
    });
}

/** Decoded query parameters. A repeated name is InvalidArgument: which of two values counts would be a guess. */
export function parseQuery(rawQuery: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const [rawName, rawValue] of rawQueryPairs(rawQuery)) {
    const name = decodeUriPart(rawName.replaceAll('+', '%20'));
    if (parameters.has(name)) throw new S3Error('InvalidArgument', `The query parameter ${name} must not be repeated.`);
    parameters.set(name, decodeUriPart(rawValue.replaceAll('+', '%20')));
  }
  return parameters;
}

function invalidUri(): S3Error {
  return new S3Error('InvalidURI', "Couldn't parse the specified URI.");
}
