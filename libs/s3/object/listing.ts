import { S3Error } from '../errors.js';
import { decodeCursor, encodeCursor } from '../../ids/index.js';
import type { ListObjectsParameters } from './list-parameters.js';

/** Where reading begins: at a key itself, or at the first one after it. */
export interface ListPosition {
  readonly key: string;
  readonly inclusive: boolean;
}

/**
 * Up to `entriesMax` entries whose keys start with `prefix`, from `position` on, in the byte order of their UTF-8 form.
 * Fewer than asked for means that there are no more.
 */
export type ReadKeys<Entry extends { readonly key: string }> = (
  prefix: string,
  position: ListPosition,
  entriesMax: number,
) => Promise<readonly Entry[]>;

export interface KeyPage<Entry> {
  readonly objects: readonly Entry[];
  readonly commonPrefixes: readonly string[];
  /** Continuation token; absent on the last page. */
  readonly nextToken?: string;
  /** Last key or common prefix of the page (v1's NextMarker). */
  readonly nextMarker?: string;
}

/** A key of 1,024 bytes has at most as many characters. */
const keyCharactersMax = 1_024;
/** Keys read at once right after a folded prefix; doubles while nothing is folded. Bounds what is read for nothing. */
const readAheadMin = 4;

/**
 * One page of ListObjects. Keys that share a common prefix are folded and then jumped over: after `a/` reading goes on
 * at the first key behind all that begin with `a/`, so a folder costs one short read, however much it holds.
 * Throws InvalidArgument for a continuation token that is not one of ours.
 */
export async function listPage<Entry extends { readonly key: string }>(
  parameters: ListObjectsParameters,
  read: ReadKeys<Entry>,
): Promise<KeyPage<Entry>> {
  const { prefix, delimiter, maxKeys } = parameters;
  const objects: Entry[] = [];
  const commonPrefixes: string[] = [];
  let position: ListPosition | undefined = startPosition(parameters);
  let nextMarker: string | undefined;
  let readAhead = delimiter === undefined ? maxKeys + 1 : readAheadMin;
  let entries: readonly Entry[] = [];
  let next = 0;
  let exhausted = maxKeys === 0;
  while (position) {
    if (next >= entries.length) {
      if (exhausted) break;
      const wanted: number = Math.min(readAhead, maxKeys + 1 - objects.length - commonPrefixes.length);
      entries = await read(prefix, position, wanted);
      next = 0;
      exhausted = entries.length < wanted;
      readAhead = Math.min(readAhead * 2, maxKeys + 1);
      if (entries.length === 0) break;
    }
    if (objects.length + commonPrefixes.length >= maxKeys) {
      return { objects, commonPrefixes, nextToken: positionToken(position), nextMarker };
    }
    const entry = entries[next] as Entry;
    const folded = foldedPrefix(entry.key, prefix, delimiter);
    if (folded === undefined) {
      objects.push(entry);
      next += 1;
      position = { key: entry.key, inclusive: false };
      nextMarker = entry.key;
      continue;
    }
    commonPrefixes.push(folded);
    nextMarker = folded;
    while (entries[next]?.key.startsWith(folded)) next += 1;
    if (next >= entries.length) readAhead = readAheadMin;
    position = afterPrefix(folded);
  }
  return { objects, commonPrefixes, nextMarker };
}

/** The common prefix under which a key is shown, or undefined when it is shown itself. */
export function foldedPrefix(key: string, prefix: string, delimiter: string | undefined): string | undefined {
  if (delimiter === undefined) return undefined;
  const found = key.indexOf(delimiter, prefix.length);
  return found < 0 ? undefined : key.slice(0, found + delimiter.length);
}

/** The first position behind every key that starts with `prefix`; undefined when there is none. */
export function afterPrefix(prefix: string): ListPosition | undefined {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    if (last === 0x10ffff) continue;
    // Surrogates are not characters: U+E000 follows U+D7FF. UTF-8 keeps the order of code points.
    const successor = last === 0xd7ff ? 0xe000 : last + 1;
    return { key: String.fromCodePoint(...points, successor), inclusive: true };
  }
  return undefined;
}

/** Compares by UTF-8 bytes, which is not how JavaScript compares strings beyond U+FFFF. */
export function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function startPosition(parameters: ListObjectsParameters): ListPosition | undefined {
  const { continuationToken, marker, startAfter, delimiter, prefix } = parameters;
  if (continuationToken !== undefined) return tokenPosition(continuationToken);
  const after = marker ?? startAfter ?? '';
  // A NextMarker that names a common prefix stands for all the keys it folds.
  if (marker !== undefined && marker.startsWith(prefix) && foldedPrefix(marker, prefix, delimiter) === marker) {
    return afterPrefix(marker);
  }
  // Nothing before the prefix is wanted; the empty key does not exist.
  return compareKeys(after, prefix) < 0 ? { key: prefix, inclusive: true } : { key: after, inclusive: after === '' };
}

function positionToken(position: ListPosition): string {
  return encodeCursor([position.key, position.inclusive ? 1 : 0]);
}

function tokenPosition(token: string): ListPosition {
  const [key, inclusive] = decodeCursor(token, ['string', 'number']) ?? [];
  if (key === undefined || key.length > keyCharactersMax || /[\0\p{Cs}]/u.test(key)) {
    throw new S3Error('InvalidArgument', 'The continuation token provided is incorrect', {
      ArgumentName: 'continuation-token',
    });
  }
  return { key, inclusive: inclusive === 1 };
}
