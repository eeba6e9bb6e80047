import type { JsonObject, SealedRow } from '#libs/audit-chain';
import type { AuditEntry } from './audit-entry.js';

type Content = Omit<AuditEntry, 'sequence' | 'createdAtMs' | 'previousHash' | 'hash' | 'seal'>;

/** What the seals of a row cover besides its place and time: every other column. */
export function contentOf(entry: Content): JsonObject {
  return {
    type: entry.type,
    actor_id: entry.actorId,
    user_id: entry.userId,
    address: entry.address,
    target_type: entry.targetType,
    target_id: entry.targetId,
    details: entry.details as JsonObject,
    correlation_id: entry.correlationId,
    clock_set_back_ms: entry.clockSetBackMs,
  };
}

/** The row as the chain knows it. */
export function sealedRowOf(entry: AuditEntry): SealedRow {
  const { sequence, createdAtMs, previousHash, hash, seal } = entry;
  return { sequence, timeMs: createdAtMs, content: contentOf(entry), previousHash, hash, seal };
}
