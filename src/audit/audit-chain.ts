import { Injectable } from '@nestjs/common';
import type { KeyObject } from 'node:crypto';
import {
  faultOf,
  sealRow,
  signCheckpoint,
  type Checkpoint,
  type ChainHead,
  type SignedCheckpoint,
} from '#libs/audit-chain';
import { Clock } from '#libs/clock';
import { Keyring } from '../config/index.js';
import type { AuditEntry, EntryDraft } from './audit-entry.js';
import { contentOf, sealedRowOf } from './audit-row.js';

const SEALS = 'audit-chain';

/** How far the clocks of a fleet may differ without remark, in milliseconds. */
export const CLOCK_TOLERANCE_MS = 60_000;

/** The keys of the chain: makes rows that follow one another, and checkpoints that vouch for them. */
@Injectable()
export class AuditChain {
  /** Keys whose seals count, the present one first. */
  readonly sealKeys: readonly Buffer[];
  /** Keys whose checkpoints count, the present one first. */
  readonly publicKeys: readonly KeyObject[];
  private readonly sealKey: Buffer;
  private readonly signingKey: KeyObject;

  constructor(
    keyring: Keyring,
    private readonly clock: Clock,
  ) {
    this.sealKey = keyring.derive(SEALS);
    this.sealKeys = keyring.deriveWithAll(SEALS);
    this.signingKey = keyring.signingKey();
    this.publicKeys = keyring.verificationKeys();
  }

  /**
   * The row that follows `head`. Its time is what this replica's clock tells now, even when that lies before the row
   * before it; a step back that is larger than clocks may differ is said in the row itself.
   */
  link(draft: EntryDraft, head: ChainHead): AuditEntry {
    const createdAtMs = this.clock.now();
    const behindMs = head.timeMs - createdAtMs;
    const content = { ...draft, clockSetBackMs: behindMs > CLOCK_TOLERANCE_MS ? behindMs : null };
    const row = sealRow({ timeMs: createdAtMs, content: contentOf(content) }, head, this.sealKey);
    const { sequence, previousHash, hash, seal } = row;
    return { ...content, sequence, createdAtMs, previousHash, hash, seal };
  }

  /** Whether this server wrote exactly this row. As it holds the hash before it, the same goes for all rows it leads back to. */
  isGenuine(entry: AuditEntry): boolean {
    return faultOf(sealedRowOf(entry), this.sealKeys) === undefined;
  }

  /** Signs a checkpoint, as of now. */
  sign(checkpoint: Omit<Checkpoint, 'signedAtMs'>): SignedCheckpoint {
    return signCheckpoint({ ...checkpoint, signedAtMs: this.clock.now() }, this.signingKey);
  }
}
