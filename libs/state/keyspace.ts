import { checkKey, checkPrefix } from './limits.js';

/** Values, counters and hashes of the same key are kept apart by a letter before it. */
export type EntryKind = 'v' | 'c' | 'h';

const entryKinds: readonly EntryKind[] = ['v', 'c', 'h'];

/** The stored name of an entry: prefix, kind, key. Refuses a key outside the limits. */
export function entryKey(keyPrefix: string, kind: EntryKind, key: string): string {
  checkKey(key);
  return `${keyPrefix}${kind}:${key}`;
}

/** The three stored names that a key may have. */
export function entryKeys(keyPrefix: string, key: string): string[] {
  return entryKinds.map((kind) => entryKey(keyPrefix, kind, key));
}

/** The beginnings of all stored names whose key starts with `prefix`. */
export function entryPrefixes(keyPrefix: string, prefix: string): string[] {
  checkPrefix(prefix);
  return entryKinds.map((kind) => `${keyPrefix}${kind}:${prefix}`);
}

/**
 * The first text, in byte order, after every text that starts with `prefix`, so that a prefix is a range of an index and needs
 * no pattern whose special characters would have to be escaped. Names end in `:` at least, so there always is one.
 */
export function prefixEnd(prefix: string): string {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    if (last === 0x10ffff) continue;
    // Code points skip the surrogates, as UTF-8 does.
    return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1);
  }
  throw new RangeError('there is nothing after this prefix');
}
