import type { Finding, SealedRow } from '#libs/audit-chain';
import { CLOCK_TOLERANCE_MS } from './audit-chain.js';
import type { AuditEntry } from './audit-entry.js';
import { sealedRowOf } from './audit-row.js';

/**
 * Watches the times of rows as they pass. A clock that was set back says so in the row: that is told, and is no fault.
 * A step back about which the row says nothing was not written by this server's rules.
 */
export class ClockWatch {
  stepCount = 0;
  firstStep: number | null = null;
  fault: Finding | undefined;
  private previousMs = -Infinity;

  async *over(entries: AsyncIterable<AuditEntry>): AsyncGenerator<SealedRow, undefined> {
    for await (const entry of entries) {
      this.see(entry);
      yield sealedRowOf(entry);
    }
    return undefined;
  }

  private see({ sequence, createdAtMs, clockSetBackMs }: AuditEntry): void {
    if (clockSetBackMs !== null) {
      this.stepCount += 1;
      this.firstStep ??= sequence;
    } else if (createdAtMs < this.previousMs - CLOCK_TOLERANCE_MS) {
      this.fault ??= { kind: 'time_set_back', sequence };
    }
    this.previousMs = createdAtMs;
  }
}
