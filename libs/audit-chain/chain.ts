import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { canonicalJson, type JsonObject } from './canonical.js';

/** What is recorded. `content` must be exactly what reading the row back gives, or verification will call it altered. */
export interface RowDraft {
  readonly timeMs: number;
  readonly content: JsonObject;
}

/** A row with its place in the chain, as anybody can check it. */
export interface ChainedRow extends RowDraft {
  /** 1 for the first row, without gaps. */
  readonly sequence: number;
  readonly previousHash: string;
  /** SHA-256 over the canonical JSON of the whole row and the previous hash, in hexadecimal. */
  readonly hash: string;
}

/** A row as it is stored. */
export interface SealedRow extends ChainedRow {
  /** HMAC-SHA256 over the same text: only who holds the key can add to or rewrite the chain. In hexadecimal. */
  readonly seal: string;
}

/** The end of a chain, or the point from which one is looked at. */
export interface ChainHead {
  readonly sequence: number;
  readonly hash: string;
  readonly timeMs: number;
}

/** What the first row follows. */
export const genesis: ChainHead = Object.freeze({ sequence: 0, hash: '0'.repeat(64), timeMs: 0 });

/**
 * Puts a row at the end of the chain. The caller reads `head` and writes the row in one transaction, so that many
 * writers make one chain. The time is kept as the clock told it, so that a clock that was set back stays visible.
 * @throws TypeError or RangeError when the content is no JSON
 */
export function sealRow(draft: RowDraft, head: ChainHead, key: Buffer): SealedRow {
  const { timeMs, content } = draft;
  const row = { sequence: head.sequence + 1, timeMs, content, previousHash: head.hash };
  const text = rowText(row);
  return { ...row, hash: hashOf(text), seal: sealOf(text, key) };
}

/** The head after `row`. */
export function headOf({ sequence, hash, timeMs }: ChainedRow): ChainHead {
  return { sequence, hash, timeMs };
}

/**
 * Judges a row by itself: `altered` when its hash is not that of its content, `forged` when it is, but the seal was made
 * with none of `keys`. Without keys only the hash is judged.
 */
export function faultOf(
  row: ChainedRow | SealedRow,
  keys: readonly Buffer[] | undefined,
): 'altered' | 'forged' | undefined {
  const text = rowTextIfAny(row);
  if (text === undefined || !isSameText(row.hash, hashOf(text))) return 'altered';
  if (!keys) return undefined;
  return 'seal' in row && keys.some((key) => isSameText(row.seal, sealOf(text, key))) ? undefined : 'forged';
}

function rowText({ sequence, timeMs, content, previousHash }: Omit<ChainedRow, 'hash'>): string {
  return canonicalJson({ sequence, time_ms: timeMs, content, previous_hash: previousHash });
}

/** Undefined for a row that was never one of ours, since it cannot even be written as JSON. */
function rowTextIfAny(row: ChainedRow): string | undefined {
  try {
    return rowText(row);
  } catch {
    return undefined;
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function sealOf(text: string, key: Buffer): string {
  return createHmac('sha256', key).update(text).digest('hex');
}

/** `given` comes from a column, which may hold anything. */
function isSameText(given: unknown, expected: string): boolean {
  return (
    typeof given === 'string' &&
    given.length === expected.length &&
    timingSafeEqual(Buffer.from(given, 'latin1'), Buffer.from(expected, 'latin1'))
  );
}
