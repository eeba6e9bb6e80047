import type { AuditEntry } from './audit-entry.js';

export interface AuditFilter {
  /** Full type names; any of them. */
  readonly types?: readonly string[];
  readonly actorId?: string;
  readonly targetType?: string;
  readonly targetId?: string;
  readonly address?: string;
  /** Instants in milliseconds; since is included, until is not. */
  readonly sinceMs?: number;
  readonly untilMs?: number;
}

export interface AuditPage {
  readonly entries: readonly AuditEntry[];
  readonly total: number;
  readonly hasMore: boolean;
}

export type EntryDraft = Omit<AuditEntry, 'sequence' | 'previousHash' | 'hash'>;
/** Gives the hash of a row that follows `previousHash`. */
export type Seal = (entry: Omit<AuditEntry, 'hash'>) => string;

/** Where the audit log lives. Every driver must pass test/contract/audit-repository.test.ts. */
export abstract class AuditRepository {
  /** Appends a row at the end of the chain, in the caller's transaction when there is one; writers take turns. */
  abstract append(draft: EntryDraft, seal: Seal): Promise<AuditEntry>;
  /** Newest first; `beforeSequence` goes on where a page ended. */
  abstract page(filter: AuditFilter, limit: number, beforeSequence: number | undefined): Promise<AuditPage>;
  /** The chain in its order, in constant memory. */
  abstract walk(fromSequence: number, toSequence: number): AsyncIterable<AuditEntry>;
  /** The sequence and hash of the last row; sequence 0 while there is none. */
  abstract head(): Promise<{ readonly sequence: number; readonly hash: string }>;
  abstract countByType(): Promise<Readonly<Record<string, number>>>;
}
