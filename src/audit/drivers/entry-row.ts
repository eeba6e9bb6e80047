import type { AuditEntry } from '../audit-entry.js';

/** A row as the databases give it: large integers may come as text, and JSON is text. */
export interface EntryRow {
  readonly sequence: number | string;
  readonly type: string;
  readonly created_at_ms: number | string;
  readonly actor_id: string;
  readonly user_id: string | null;
  readonly address: string | null;
  readonly target_type: string | null;
  readonly target_id: string | null;
  readonly details: string;
  readonly correlation_id: string | null;
  readonly clock_set_back_ms: number | string | null;
  readonly previous_hash: string;
  readonly hash: string;
  readonly seal: string;
}

const columnsInOrder = [
  'sequence', 'type', 'created_at_ms', 'actor_id', 'user_id', 'address', 'target_type', 'target_id', 'details',
  'correlation_id', 'clock_set_back_ms', 'previous_hash', 'hash', 'seal',
] as const; // prettier-ignore

export const entryColumns = columnsInOrder.join(', ');

/** The values of a row in the order of `entryColumns`. */
export function valuesOf(entry: AuditEntry): unknown[] {
  return [
    entry.sequence, entry.type, entry.createdAtMs, entry.actorId, entry.userId, entry.address, entry.targetType,
    entry.targetId, JSON.stringify(entry.details), entry.correlationId, entry.clockSetBackMs, entry.previousHash, entry.hash,
    entry.seal,
  ]; // prettier-ignore
}

const bigintColumns: readonly string[] = ['sequence', 'created_at_ms', 'clock_set_back_ms'];

/** Places of a row with their types, where the database cannot tell them from the columns. */
export function typed(places: readonly string[]): readonly string[] {
  return places.map((place, index) => {
    const type = bigintColumns.includes(columnsInOrder[index] ?? '') ? 'bigint' : 'text';
    return `CAST(${place} AS ${type})`;
  });
}

export function toEntry(row: EntryRow): AuditEntry {
  return {
    sequence: Number(row.sequence),
    type: row.type,
    createdAtMs: Number(row.created_at_ms),
    actorId: row.actor_id,
    userId: row.user_id,
    address: row.address,
    targetType: row.target_type,
    targetId: row.target_id,
    details: parseDetails(row.details),
    correlationId: row.correlation_id,
    clockSetBackMs: row.clock_set_back_ms === null ? null : Number(row.clock_set_back_ms),
    previousHash: row.previous_hash,
    hash: row.hash,
    seal: row.seal,
  };
}

/** What somebody put there instead of JSON is shown as it is; its hash will not fit. */
function parseDetails(text: string): Readonly<Record<string, unknown>> {
  try {
    const details: unknown = JSON.parse(text);
    if (details !== null && typeof details === 'object' && !Array.isArray(details))
      return details as Record<string, unknown>;
  } catch {
    // Falls through to the text itself.
  }
  return { unreadable: text };
}
