import { Injectable } from '@nestjs/common';
import { genesis, verifyRows, type ChainHead, type Finding, type SignedCheckpoint } from '#libs/audit-chain';
import { invalidFields } from '../http/index.js';
import { AuditChain } from './audit-chain.js';
import { AuditRecordLost, AuditRepository } from './audit.repository.js';
import { CheckpointRepository } from './checkpoint.repository.js';
import { ClockWatch } from './clock-watch.js';

export interface VerifyRange {
  /** First and last row, both included; all there are when left out. */
  readonly from?: number;
  readonly to?: number;
}

export interface Verification {
  readonly checkedRows: number;
  /** Undefined when every row is as it was written. */
  readonly finding: Finding | undefined;
  readonly fromSequence: number;
  readonly toSequence: number;
  /** The first segment that is still there; earlier ones were given up by retention. */
  readonly fromSegment: number;
  /** The last of these rows under a signed checkpoint. */
  readonly signedThrough: number;
  readonly clock: Pick<ClockWatch, 'stepCount' | 'firstStep'>;
}

interface Start {
  readonly head: ChainHead;
  readonly retained?: SignedCheckpoint;
}

/** Judges whether the rows are as they were written. */
@Injectable()
export class AuditVerifier {
  private listener: (range: VerifyRange, verification: Verification) => void = () => undefined;

  constructor(
    private readonly entries: AuditRepository,
    private readonly checkpoints: CheckpointRepository,
    private readonly chain: AuditChain,
  ) {}

  /** Calls `listener` with what each verification has found. */
  onVerified(listener: (range: VerifyRange, verification: Verification) => void): void {
    this.listener = listener;
  }

  /** Walks all rows, or a part of them, in constant memory, while others go on writing. */
  async verify(range: VerifyRange): Promise<Verification> {
    const verification = await this.settled(range);
    this.listener(range, verification);
    return verification;
  }

  private async settled(range: VerifyRange): Promise<Verification> {
    for (;;) {
      const { retiredThrough } = await this.checkpoints.progress();
      const verification = await this.walk(range, retiredThrough);
      if (!verification.finding) return verification;
      // Retention may have dropped rows while they were walked.
      if ((await this.checkpoints.progress()).retiredThrough === retiredThrough) return verification;
    }
  }

  private async walk(range: VerifyRange, retiredThrough: number): Promise<Verification> {
    // In this order: what is signed by now must be there, and rows that come later do no harm.
    const [newest] = await this.checkpoints.page(1, undefined);
    const known = await this.knownEnd();
    const last = known ?? { sequence: await this.newestSequence() };
    const isToEnd = range.to === undefined || range.to >= last.sequence;
    const start = await this.startOf(range.from ?? 1, last.sequence, retiredThrough);
    const fromSequence = start.head.sequence + 1;
    const toSequence = isToEnd ? Number.MAX_SAFE_INTEGER : (range.to ?? 0);
    const watch = new ClockWatch();
    const result = await verifyRows(watch.over(this.entries.walk({ fromSequence, toSequence })), {
      keys: this.chain.sealKeys,
      publicKeys: this.chain.publicKeys,
      checkpoints: this.checkpointsBetween(fromSequence - 1, Math.min(newest?.sequence ?? 0, toSequence)),
      retained: start.retained,
      start: start.head,
      head: isToEnd ? known : { sequence: toSequence },
      // The watch judges clocks.
      clockToleranceMs: Infinity,
    });
    const lostEnd = isToEnd && !known ? ({ kind: 'end_lost', sequence: last.sequence } as const) : undefined;
    const finding = earlier(result.ok ? undefined : result.finding, watch.fault) ?? lostEnd;
    return {
      checkedRows: result.rowCount,
      finding,
      fromSequence,
      toSequence: result.ok ? result.head.sequence : isToEnd ? last.sequence : toSequence,
      fromSegment: start.retained ? start.retained.segment + 1 : 1,
      signedThrough: result.ok ? result.coveredThrough : 0,
      clock: { stepCount: watch.stepCount, firstStep: watch.firstStep },
    };
  }

  /** Undefined when the record of the end is gone. */
  private async knownEnd(): Promise<Awaited<ReturnType<AuditRepository['head']>> | undefined> {
    try {
      return await this.entries.head();
    } catch (error) {
      if (error instanceof AuditRecordLost) return undefined;
      throw error;
    }
  }

  private async newestSequence(): Promise<number> {
    const { entries } = await this.entries.page({}, 1, undefined);
    return entries[0]?.sequence ?? 0;
  }

  private async startOf(from: number, last: number, retiredThrough: number): Promise<Start> {
    const retained = retiredThrough > 0 ? await this.checkpoints.find(retiredThrough) : undefined;
    if (from <= retiredThrough + 1) return { head: retained ?? genesis, retained };
    if (from > last) throw invalidFields([{ field: 'from', message: `is beyond the last row, ${last}` }]);
    // The seal of the first row vouches for the hash that it follows.
    const first = await this.entries.find(from);
    return { head: { ...genesis, sequence: from - 1, hash: first?.previousHash ?? genesis.hash }, retained };
  }

  private async *checkpointsBetween(from: number, to: number): AsyncGenerator<SignedCheckpoint, undefined> {
    for await (const checkpoint of this.checkpoints.walk(from)) {
      if (checkpoint.sequence > to) return undefined;
      yield checkpoint;
    }
    return undefined;
  }
}

function earlier(found: Finding | undefined, other: Finding | undefined): Finding | undefined {
  return found && other ? (other.sequence < found.sequence ? other : found) : (found ?? other);
}
