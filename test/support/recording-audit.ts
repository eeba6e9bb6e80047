import { AuditLog, type AuditEvent } from '../../src/audit/index.js';

/** Remembers what it was told. */
export class RecordingAudit extends AuditLog {
  readonly events: AuditEvent[] = [];

  override record(event: AuditEvent): Promise<void> {
    this.events.push(event);
    return Promise.resolve();
  }

  override recordCoalesced(): void {
    throw new Error('Nothing of this kind is expected here');
  }
}
