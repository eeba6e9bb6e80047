import { Injectable } from '@nestjs/common';
import type { SignedCheckpoint } from '#libs/audit-chain';
import { Clock } from '#libs/clock';
import { getLogger } from '#libs/log';
import { AuditChain } from './audit-chain.js';
import type { AuditEntry } from './audit-entry.js';
import { AuditRepository } from './audit.repository.js';
import { CheckpointRepository, type AuditProgress } from './checkpoint.repository.js';

/** Rows between two checkpoints, and the longest time that a row waits for one (contract §12). */
export const CHECKPOINT_ROWS_MAX = 1_000;
const CHECKPOINT_INTERVAL_MS = 300_000;
/** A segment ends with the first checkpoint at which it has this many rows, or is this old. */
const SEGMENT_ROWS_MAX = 100_000;
const SEGMENT_MS = 86_400_000;

const log = getLogger('audit');

/** Signs how far the chain has come, so that a tail that is cut off later is missed. */
@Injectable()
export class Checkpointer {
  private doubtful = 0;

  constructor(
    private readonly entries: AuditRepository,
    private readonly checkpoints: CheckpointRepository,
    private readonly chain: AuditChain,
    private readonly clock: Clock,
  ) {}

  /** Signs and counts what is due, at most one checkpoint; true when another is due at once. */
  async round(): Promise<boolean> {
    const { sequence: last } = await this.entries.head();
    if (this.due(await this.checkpoints.progress(), last) === undefined) return false;
    return this.checkpoints.exclusively(async (progress) => {
      // Another replica may have been first.
      const due = this.due(progress, last);
      if (due === undefined) return false;
      if (due > progress.countedThrough) await this.checkpoints.countThrough(due);
      const entry = await this.trusted(due);
      if (!entry) return false;
      const checkpoint = this.sign(entry, progress.segment, await this.endsSegment(entry, progress));
      await this.checkpoints.add(checkpoint);
      log.info('Audit checkpoint', { sequence: due, hash: checkpoint.hash, segment: checkpoint.segment });
      return last - due >= CHECKPOINT_ROWS_MAX;
    });
  }

  /**
   * A checkpoint at a row of which there may be none yet: rows that leave the server are to be proved up to the last.
   * Undefined when the row is not as this server wrote it, for a signature would vouch for it.
   */
  async vouchFor(sequence: number): Promise<SignedCheckpoint | undefined> {
    const known = await this.checkpoints.find(sequence);
    if (known) return known;
    const entry = await this.trusted(sequence);
    return entry && this.sign(entry, await this.segmentOf(sequence), false);
  }

  private due({ signedThrough, signedAtMs }: AuditProgress, last: number): number | undefined {
    if (last - signedThrough >= CHECKPOINT_ROWS_MAX) return signedThrough + CHECKPOINT_ROWS_MAX;
    const isTime = Math.abs(this.clock.now() - signedAtMs) >= CHECKPOINT_INTERVAL_MS;
    return isTime && last > signedThrough ? last : undefined;
  }

  private sign(entry: AuditEntry, segment: number, endsSegment: boolean): SignedCheckpoint {
    const { sequence, hash, createdAtMs: timeMs } = entry;
    return this.chain.sign({ sequence, hash, timeMs, segment, endsSegment });
  }

  private async trusted(sequence: number): Promise<AuditEntry | undefined> {
    const entry = await this.entries.find(sequence);
    if (entry && this.chain.isGenuine(entry)) return entry;
    if (this.doubtful !== sequence)
      log.error('The audit log was tampered with: a row is not as it was written, and is not signed', { sequence });
    this.doubtful = sequence;
    return undefined;
  }

  private async endsSegment(entry: AuditEntry, { segmentFromSequence }: AuditProgress): Promise<boolean> {
    if (entry.sequence - segmentFromSequence + 1 >= SEGMENT_ROWS_MAX) return true;
    const first = await this.entries.find(segmentFromSequence);
    return first !== undefined && entry.createdAtMs - first.createdAtMs >= SEGMENT_MS;
  }

  private async segmentOf(sequence: number): Promise<number> {
    for await (const next of this.checkpoints.walk(sequence)) return next.segment;
    return (await this.checkpoints.progress()).segment;
  }
}
