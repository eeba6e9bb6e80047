import type { Actor } from '../http/index.js';

/** Contract §12. */
export const auditTypes = [
  'auth.login.success', 'auth.login.failed', 'auth.logout', 'auth.api_key.used', 'user.created', 'user.updated', 'user.deleted',
  'user.password.changed', 'user.level.changed', 'api_key.created', 'api_key.revoked', 'credential.created', 'credential.deleted',
  'job.submitted', 'job.cancelled', 'job.deleted', 'job.approved', 'job.rejected', 'quota.exceeded', 'quota.changed',
  'provider.configured', 'config.changed', 'secret.rotated', 'backup.created', 'backup.restored', 'backup.deleted', 'storage.denied',
  'security.permission_denied', 'security.rate_limited', 'security.webhook_rejected', 'security.webhook_unlisted_ip', 'security.suspicious',
] as const; // prettier-ignore
export type AuditType = (typeof auditTypes)[number];

export interface AuditEvent {
  readonly type: AuditType;
  readonly actor: Actor;
  readonly targetType: string | null;
  readonly targetId: string | null;
  /** Names and facts; never a secret value. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The tamper-evident record of who did what. */
export abstract class AuditLog {
  /**
   * Adds a row to the chain, inside the caller's transaction when there is one: no record, no change.
   * The correlation id is taken from the log context.
   */
  abstract record(event: AuditEvent): Promise<void>;
  /** As `record`, for the noise of attacks: equal events of one minute become one row with a count, written when the minute ends. */
  abstract recordCoalesced(event: AuditEvent, key: string): void;
}
