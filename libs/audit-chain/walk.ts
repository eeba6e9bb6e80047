import type { KeyObject } from 'node:crypto';
import { faultOf, headOf, type ChainedRow, type ChainHead, type SealedRow } from './chain.js';
import { isSignedBy, type SignedCheckpoint } from './checkpoint.js';
import type { Finding, TamperingKind } from './findings.js';

/** One step along a chain: a row, or a checkpoint that follows the row it is about. */
export type Step =
  | { readonly kind: 'row'; readonly row: ChainedRow | SealedRow }
  | { readonly kind: 'checkpoint'; readonly checkpoint: SignedCheckpoint };

export interface WalkOptions {
  readonly start: ChainHead;
  /** Without them only the public hashes are checked. */
  readonly keys?: readonly Buffer[];
  readonly publicKeys: readonly KeyObject[];
  readonly clockToleranceMs: number;
}

/** Goes along a chain step by step, remembering only where it is. */
export class ChainWalk {
  rowCount = 0;
  head: ChainHead;
  /** The last row that a good checkpoint covers. */
  coveredThrough: number;
  private latestMs: number;

  constructor(private readonly options: WalkOptions) {
    this.head = options.start;
    this.coveredThrough = options.start.sequence;
    this.latestMs = options.start.timeMs;
  }

  /** Takes one step; a finding means that the walk ends here. */
  take(step: Step): Finding | undefined {
    return step.kind === 'row' ? this.takeRow(step.row) : this.takeCheckpoint(step.checkpoint);
  }

  private takeRow(row: ChainedRow | SealedRow): Finding | undefined {
    const kind = this.judgePlace(row) ?? this.judgeContent(row);
    if (kind) return { kind, sequence: kind === 'deleted' ? this.head.sequence + 1 : row.sequence };
    this.head = headOf(row);
    this.latestMs = Math.max(this.latestMs, row.timeMs);
    this.rowCount += 1;
    return undefined;
  }

  private judgePlace(row: ChainedRow): TamperingKind | undefined {
    if (row.sequence === this.head.sequence + 1) return undefined;
    if (row.sequence > this.head.sequence) return 'deleted';
    if (row.sequence < this.head.sequence) return 'reordered';
    const isGenuine = row.hash !== this.head.hash && faultOf(row, this.options.keys) === undefined;
    return isGenuine ? 'forked' : 'inserted';
  }

  private judgeContent(row: ChainedRow): TamperingKind | undefined {
    const fault = faultOf(row, this.options.keys);
    if (fault) return fault;
    if (row.previousHash !== this.head.hash) return 'forked';
    return row.timeMs < this.latestMs - this.options.clockToleranceMs ? 'time_set_back' : undefined;
  }

  private takeCheckpoint(checkpoint: SignedCheckpoint): Finding | undefined {
    const { sequence, hash } = checkpoint;
    if (!isSignedBy(checkpoint, this.options.publicKeys)) return { kind: 'bad_checkpoint', sequence };
    if (sequence > this.head.sequence) return { kind: 'truncated', sequence: this.head.sequence + 1 };
    if (sequence < this.head.sequence) return { kind: 'bad_checkpoint', sequence };
    if (hash !== this.head.hash) {
      // Every row agrees with the one before it, so the history was rewritten after the last checkpoint that fits.
      const first = Math.min(this.coveredThrough + 1, sequence);
      return { kind: 'forked', sequence: first, throughSequence: sequence };
    }
    this.coveredThrough = sequence;
    return undefined;
  }
}

/** Walks to the first finding, then looks at what follows it to tell similar kinds of tampering apart. */
export async function walkChain(walk: ChainWalk, steps: AsyncIterator<Step>): Promise<Finding | undefined> {
  for (let next = await steps.next(); !next.done; next = await steps.next()) {
    const finding = walk.take(next.value);
    if (finding) return refined(finding, steps);
  }
  return undefined;
}

async function refined(finding: Finding, rest: AsyncIterator<Step>): Promise<Finding> {
  if (finding.kind === 'altered' || finding.kind === 'forged') {
    const isDouble = (await nextSequence(rest)) === finding.sequence;
    return isDouble ? { ...finding, kind: 'inserted' } : finding;
  }
  if (finding.kind !== 'deleted') return finding;
  for (let sequence = await nextSequence(rest); sequence !== undefined; sequence = await nextSequence(rest)) {
    if (sequence === finding.sequence) return { ...finding, kind: 'reordered' };
  }
  return finding;
}

async function nextSequence(steps: AsyncIterator<Step>): Promise<number | undefined> {
  for (let next = await steps.next(); !next.done; next = await steps.next()) {
    if (next.value.kind === 'row') return next.value.row.sequence;
  }
  return undefined;
}
