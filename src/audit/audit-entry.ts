import type { ChainHead } from '#libs/audit-chain';
import { auditTypes, type AuditType } from './audit-log.js';

/** What is to be recorded; place, time and seals are given as it is appended. */
export interface EntryDraft {
  readonly type: string;
  readonly actorId: string;
  readonly userId: string | null;
  readonly address: string | null;
  readonly targetType: string | null;
  readonly targetId: string | null;
  readonly details: Readonly<Record<string, unknown>>;
  readonly correlationId: string | null;
}

/** One row of the audit log. */
export interface AuditEntry extends EntryDraft {
  readonly sequence: number;
  /** As the clock of the writing replica told it. */
  readonly createdAtMs: number;
  /** How far that clock was behind the row before it, where that is more than clocks of a fleet may differ. */
  readonly clockSetBackMs: number | null;
  readonly previousHash: string;
  /** SHA-256 over the row and the previous hash: anybody can check it. */
  readonly hash: string;
  /** HMAC-SHA256 over the same: only the server can make it. */
  readonly seal: string;
}

/** Makes the row that follows `head`. */
export type Link = (draft: EntryDraft, head: ChainHead) => AuditEntry;

/** The full names that a name in a filter stands for: `security.rate_limited`, or `rate_limited` for short. */
export function matchingTypes(name: string): readonly AuditType[] {
  const lower = name.toLowerCase();
  return auditTypes.filter((type) => type === lower || type.endsWith(`.${lower}`) || type.startsWith(`${lower}.`));
}
