import { Injectable } from '@nestjs/common';
import { createHmac } from 'node:crypto';
import { Keyring } from '../config/index.js';
import type { AuditEntry } from './audit-entry.js';
import type { AuditVerificationView } from './audit.dto.js';

/** Seals rows into the chain and judges whether a chain is as it was written. */
@Injectable()
export class AuditSeal {
  private readonly key: Buffer;

  constructor(keyring: Keyring) {
    this.key = keyring.derive('audit-chain');
  }

  hash(entry: Omit<AuditEntry, 'hash'>): string {
    return createHmac('sha256', this.key).update(canonical(entry)).digest('hex');
  }

  async verify(
    entries: AsyncIterable<AuditEntry>,
    head: { readonly sequence: number; readonly hash: string },
  ): Promise<AuditVerificationView> {
    let checked = 0;
    let previousHash = '0'.repeat(64);
    for await (const { hash, ...entry } of entries) {
      if (entry.sequence !== checked + 1) return bad(checked + 1, checked, 'a row is missing');
      if (entry.previousHash !== previousHash)
        return bad(entry.sequence, checked, 'it does not follow the row before it');
      if (this.hash(entry) !== hash) return bad(entry.sequence, checked, 'its content is not what was written');
      previousHash = hash;
      checked += 1;
    }
    if (checked !== head.sequence || previousHash !== head.hash)
      return bad(checked + 1, checked, 'the end of the chain is missing');
    return {
      valid: true,
      checked_rows: checked,
      message: `All ${checked} rows are as they were written.`,
      first_bad_sequence: null,
    };
  }
}

function bad(sequence: number, checked: number, reason: string): AuditVerificationView {
  return { valid: false, checked_rows: checked, message: `Row ${sequence}: ${reason}.`, first_bad_sequence: sequence };
}

/** The whole row as JSON with its keys in alphabetical order, so that one row has one text. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
