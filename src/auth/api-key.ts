import { createHash } from 'node:crypto';
import { base62 } from '#libs/ids';
import type { Permission } from '../http/index.js';

/** `st_` and 32 characters: about 190 bits, so a plain SHA-256 of it cannot be searched (contract §3). */
const KEY_LENGTH = 32;
const KEY_SHAPE = /^st_[0-9A-Za-z]{32}$/;
/** How much of a key is kept in the open, so that people recognise it in a list. */
const HINT_LENGTH = 7;

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly userId: string;
  readonly hint: string;
  readonly scopes: readonly Permission[];
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  readonly lastUsedAtMs: number | null;
  readonly revokedAtMs: number | null;
}

/** A new key: the text is shown once and only its hash is kept. */
export function mintKey(): { readonly text: string; readonly hash: string; readonly hint: string } {
  const text = `st_${base62(KEY_LENGTH)}`;
  return { text, hash: hashKey(text), hint: text.slice(0, HINT_LENGTH) };
}

export function hashKey(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The key that a request carries in X-API-Key or as a bearer token; undefined when it carries none of our shape. */
export function keyFromHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): string | undefined {
  const bearer =
    typeof headers.authorization === 'string' ? /^Bearer +(\S+)$/i.exec(headers.authorization)?.[1] : undefined;
  const header = headers['x-api-key'];
  return [header, bearer].find((text): text is string => typeof text === 'string' && KEY_SHAPE.test(text));
}

export function isUsable(key: ApiKey, nowMs: number): boolean {
  return key.revokedAtMs === null && (key.expiresAtMs === null || key.expiresAtMs > nowMs);
}
