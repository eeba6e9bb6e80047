import type { AuditEntry, EntryDraft, Link } from './audit-entry.js';

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
  readonly hasMore: boolean;
}

/** Which rows to walk, both ends included. */
export interface WalkRange {
  readonly fromSequence: number;
  readonly toSequence: number;
  readonly filter?: AuditFilter;
}

/** The one row that says where the chain ends, or how far it is signed, is gone: somebody has taken it. */
export class AuditRecordLost extends Error {
  override readonly name = 'AuditRecordLost';

  constructor(table: 'audit_head' | 'audit_progress') {
    super(`The table ${table} has lost its row`);
  }
}

/** Where the audit log lives. Every driver must pass test/contract/audit-repository.test.ts. */
export abstract class AuditRepository {
  /**
   * Appends rows at the end of the chain, in the caller's transaction when there is one. Writers take turns, until the
   * end of their transaction: the number of a row is given while the end of the chain is locked.
   */
  abstract append(drafts: readonly EntryDraft[], link: Link): Promise<readonly AuditEntry[]>;
  /** Newest first; `beforeSequence` goes on where a page ended. */
  abstract page(filter: AuditFilter, limit: number, beforeSequence: number | undefined): Promise<AuditPage>;
  /** How many rows match. Where the filter names nothing but types, the cost does not grow with the log. */
  abstract count(filter: AuditFilter): Promise<number>;
  /** How many rows there are of each type; the cost does not grow with the log. */
  abstract countByType(): Promise<Readonly<Record<string, number>>>;
  /** How many rows were written from `sinceMs` on, told by their numbers; the cost does not grow with the log. */
  abstract countSince(sinceMs: number): Promise<number>;
  /** The chain in its order, in constant memory. */
  abstract walk(range: WalkRange): AsyncIterable<AuditEntry>;
  abstract find(sequence: number): Promise<AuditEntry | undefined>;
  /** The sequence and hash of the last row; sequence 0 while there is none. @throws AuditRecordLost. */
  abstract head(): Promise<{ readonly sequence: number; readonly hash: string }>;
}
