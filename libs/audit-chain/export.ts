import { canonicalJson, type Json, type JsonObject } from './canonical.js';
import type { ChainedRow } from './chain.js';
import type { SignedCheckpoint } from './checkpoint.js';
import type { Step } from './walk.js';

const exportFormat = 'simpletuner.cloud audit export 1';
const lineCharsMax = 4 * 1024 * 1024;

/** What a line of an export says. */
export type ExportLine = Step | { readonly kind: 'begin' } | { readonly kind: 'end'; readonly rowCount: number };

/**
 * One line of an export, without line feed: `begin`, then rows in rising order, each checkpoint behind the row it is
 * about, one of them behind the last row, then `end`. Canonical JSON, so that a line has no second reading. The
 * seals stay here: they prove nothing to who has no key.
 */
export function exportLine(line: ExportLine): string {
  switch (line.kind) {
    case 'begin':
      return canonicalJson({ kind: 'begin', format: exportFormat });
    case 'row':
      return canonicalJson(rowMembers(line.row));
    case 'checkpoint':
      return canonicalJson(checkpointMembers(line.checkpoint));
    case 'end':
      return canonicalJson({ kind: 'end', row_count: line.rowCount });
  }
}

/** Reads a line; undefined for anything that `exportLine` would not have written. */
export function parseExportLine(text: string): ExportLine | undefined {
  if (text.length > lineCharsMax) return undefined;
  try {
    const members = JSON.parse(text) as Json;
    if (members === null || typeof members !== 'object' || Array.isArray(members)) return undefined;
    const line = lineOf(members as JsonObject);
    // Written again it must be the same text: no unknown or double member, no other spelling.
    return line && exportLine(line) === text ? line : undefined;
  } catch {
    return undefined;
  }
}

function lineOf(members: JsonObject): ExportLine | undefined {
  switch (members.kind) {
    case 'begin':
      return { kind: 'begin' };
    case 'row':
      return isRow(members) ? { kind: 'row', row: rowOf(members) } : undefined;
    case 'checkpoint':
      return isCheckpoint(members) ? { kind: 'checkpoint', checkpoint: checkpointOf(members) } : undefined;
    case 'end':
      return isCount(members.row_count) ? { kind: 'end', rowCount: members.row_count } : undefined;
    default:
      return undefined;
  }
}

type RowMembers = JsonObject & ReturnType<typeof rowMembers>;
type CheckpointMembers = JsonObject & ReturnType<typeof checkpointMembers>;

function rowMembers({ sequence, timeMs, content, previousHash, hash }: ChainedRow) {
  return { kind: 'row', sequence, time_ms: timeMs, content, previous_hash: previousHash, hash } as const;
}

function rowOf(members: RowMembers): ChainedRow {
  const { sequence, time_ms: timeMs, content, previous_hash: previousHash, hash } = members;
  return { sequence, timeMs, content, previousHash, hash };
}

function isRow(members: JsonObject): members is RowMembers {
  const { sequence, time_ms, content, previous_hash, hash } = members;
  const isObject = typeof content === 'object' && content !== null && !Array.isArray(content);
  return isCount(sequence) && sequence > 0 && isCount(time_ms) && isObject && isHash(previous_hash) && isHash(hash);
}

function checkpointMembers(checkpoint: SignedCheckpoint) {
  const { sequence, hash, timeMs, signedAtMs, segment, endsSegment, keyId, signature } = checkpoint;
  return {
    kind: 'checkpoint',
    sequence,
    hash,
    time_ms: timeMs,
    signed_at_ms: signedAtMs,
    segment,
    ends_segment: endsSegment,
    key_id: keyId,
    signature,
  } as const;
}

function checkpointOf(members: CheckpointMembers): SignedCheckpoint {
  const { sequence, hash, segment, signature } = members;
  return {
    sequence,
    hash,
    timeMs: members.time_ms,
    signedAtMs: members.signed_at_ms,
    segment,
    endsSegment: members.ends_segment,
    keyId: members.key_id,
    signature,
  };
}

function isCheckpoint(members: JsonObject): members is CheckpointMembers {
  const counts = [members.sequence, members.time_ms, members.signed_at_ms, members.segment];
  const texts = [members.key_id, members.signature];
  return (
    counts.every(isCount) &&
    isHash(members.hash) &&
    typeof members.ends_segment === 'boolean' &&
    texts.every((text) => typeof text === 'string')
  );
}

function isCount(value: Json | undefined): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isHash(value: Json | undefined): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}
