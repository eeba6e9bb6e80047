import { auditTypes, type AuditType } from './audit-log.js';

/** One row of the audit log. */
export interface AuditEntry {
  readonly sequence: number;
  readonly type: string;
  readonly createdAtMs: number;
  readonly actorId: string;
  readonly userId: string | null;
  readonly address: string | null;
  readonly targetType: string | null;
  readonly targetId: string | null;
  readonly details: Readonly<Record<string, unknown>>;
  readonly correlationId: string | null;
  readonly previousHash: string;
  readonly hash: string;
}

/** The full names that a name in a filter stands for: `security.rate_limited`, or `rate_limited` for short. */
export function matchingTypes(name: string): readonly AuditType[] {
  const lower = name.toLowerCase();
  return auditTypes.filter((type) => type === lower || type.endsWith(`.${lower}`) || type.startsWith(`${lower}.`));
}
