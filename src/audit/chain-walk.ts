import { Injectable } from '@nestjs/common';
import { getLogger } from '#libs/log';
import { AuditRecordLost, AuditRepository } from './audit.repository.js';
import { AuditVerifier, type VerifyRange } from './audit-verifier.js';
import { CheckpointRepository } from './checkpoint.repository.js';

const log = getLogger('audit');

/**
 * Verifies the log piece by piece without anybody asking: rows that have come since it looked last, and in their turn all that are
 * there, again and again. Once broken, the chain counts as broken until all of it has been verified anew.
 */
@Injectable()
export class ChainWalk {
  private sound = true;
  private newestThrough: number | undefined;
  private walkedThrough = 0;
  private isWalkClean = true;

  constructor(
    private readonly entries: AuditRepository,
    private readonly checkpoints: CheckpointRepository,
    private readonly verifier: AuditVerifier,
  ) {
    verifier.onVerified(({ from, to }, { finding }) => {
      if (finding) {
        this.sound = false;
        this.isWalkClean = false;
      } else if (from === undefined && to === undefined) this.sound = true;
    });
  }

  /** Whether no verification has found the log changed, whoever asked for it. */
  get isSound(): boolean {
    return this.sound;
  }

  /** Verifies at most `rowsMax` new rows and as many old ones; true while more new ones wait. */
  async next(rowsMax: number): Promise<boolean> {
    try {
      return await this.walk(rowsMax);
    } catch (error) {
      if (!(error instanceof AuditRecordLost)) throw error;
      log.error('The audit log is not as it was written: the record of how far it reaches is gone', { error });
      this.sound = false;
      this.beginAgain();
      return false;
    }
  }

  private async walk(rowsMax: number): Promise<boolean> {
    // In this order: what is signed by now must be there.
    const { signedThrough, retiredThrough } = await this.checkpoints.progress();
    const { sequence: last } = await this.entries.head();
    if (last < signedThrough && last <= retiredThrough) {
      // No row is left that a range could name, and there should be some.
      await this.verify({});
      return false;
    }
    if (last === 0) return false;
    // What was there before the start has its turn below.
    const newest = this.newestThrough ?? signedThrough;
    const newestThrough = Math.min(last, newest + rowsMax);
    if (last > newest) await this.verify({ from: newest + 1, to: newestThrough });
    this.newestThrough = newestThrough;
    // From the last row of the piece before, whose hash the next one follows.
    const from = Math.max(this.walkedThrough, retiredThrough + 1);
    const to = Math.min(last, from + rowsMax - 1);
    if (from <= last) await this.verify({ from, to });
    this.walkedThrough = to;
    if (to < last) return newestThrough < last;
    if (this.isWalkClean) this.sound = true;
    this.beginAgain();
    return newestThrough < last;
  }

  private beginAgain(): void {
    this.walkedThrough = 0;
    this.isWalkClean = true;
  }

  private async verify(range: VerifyRange): Promise<void> {
    const { finding } = await this.verifier.verify(range);
    if (finding) log.error('The audit log is not as it was written', { sequence: finding.sequence });
  }
}
