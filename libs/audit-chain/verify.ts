import type { KeyObject } from 'node:crypto';
import { genesis, type ChainHead, type SealedRow } from './chain.js';
import { isSignedBy, type SignedCheckpoint } from './checkpoint.js';
import type { Finding } from './findings.js';
import { ChainWalk, walkChain, type Step } from './walk.js';

export interface VerifyOptions {
  /** Keys whose seals count: the present one and those before a rotation. */
  readonly keys: readonly Buffer[];
  /** Checkpoints in rising order; those before the start are passed over. */
  readonly checkpoints?: AsyncIterable<SignedCheckpoint> | Iterable<SignedCheckpoint>;
  /** Ed25519 keys whose checkpoints count: the present one and earlier ones. */
  readonly publicKeys?: readonly KeyObject[];
  /** The kept end of the last segment that retention dropped: rows are expected from the one after it. */
  readonly retained?: SignedCheckpoint;
  /** What the first row follows when only a part of the chain is read, from the row after it; instead of `retained`. */
  readonly start?: ChainHead;
  /** Where the chain is known to have reached at least, and with which hash where that is known. */
  readonly head?: Pick<ChainHead, 'sequence'> & Partial<Pick<ChainHead, 'hash'>>;
  /** How far the clocks of the writers may differ, in milliseconds; one minute when left out. */
  readonly clockToleranceMs?: number;
}

export type ChainVerification =
  | {
      readonly ok: true;
      readonly rowCount: number;
      readonly head: ChainHead;
      /** First segment that was verified: 1, or the one after the retained end. */
      readonly fromSegment: number;
      /** Last row under a signed checkpoint; rows after it could be cut off unnoticed. */
      readonly coveredThrough: number;
    }
  | { readonly ok: false; readonly rowCount: number; readonly finding: Finding };

const clockToleranceDefaultMs = 60_000;

/** Checks sealed rows, read in rising order, in constant memory, and names the first that is not as it was written. */
export async function verifyRows(rows: AsyncIterable<SealedRow>, options: VerifyOptions): Promise<ChainVerification> {
  const { keys, publicKeys = [], retained, head, clockToleranceMs = clockToleranceDefaultMs } = options;
  if (retained && !(retained.endsSegment && isSignedBy(retained, publicKeys))) {
    return { ok: false, rowCount: 0, finding: { kind: 'bad_checkpoint', sequence: retained.sequence } };
  }
  const start = options.start ?? retained ?? genesis;
  const walk = new ChainWalk({ start, keys, publicKeys, clockToleranceMs });
  const steps = withCheckpoints(rows, options.checkpoints ?? [], start.sequence);
  const finding = (await walkChain(walk, steps)) ?? judgeEnd(walk, head);
  await steps.return(undefined);
  if (finding) return { ok: false, rowCount: walk.rowCount, finding };
  return {
    ok: true,
    rowCount: walk.rowCount,
    head: walk.head,
    fromSegment: (retained?.segment ?? 0) + 1,
    coveredThrough: walk.coveredThrough,
  };
}

function judgeEnd(walk: ChainWalk, expected: VerifyOptions['head']): Finding | undefined {
  if (!expected) return undefined;
  const { sequence, hash } = walk.head;
  if (sequence < expected.sequence) return { kind: 'truncated', sequence: sequence + 1 };
  const isOther = expected.hash !== undefined && hash !== expected.hash;
  return sequence === expected.sequence && isOther ? { kind: 'forked', sequence } : undefined;
}

/** Puts each checkpoint behind the row it is about, and those that are left at the end. */
async function* withCheckpoints(
  rows: AsyncIterable<SealedRow>,
  checkpoints: AsyncIterable<SignedCheckpoint> | Iterable<SignedCheckpoint>,
  startSequence: number,
): AsyncGenerator<Step, undefined> {
  const pending = iterate(checkpoints);
  let next = await pending.next();
  while (!next.done && next.value.sequence < startSequence) next = await pending.next();
  let reached = startSequence;
  for await (const row of rows) {
    // The checkpoints of a row wait for the row after it: a second row of the same number must be seen first.
    for (; row.sequence > reached && !next.done && next.value.sequence <= reached; next = await pending.next()) {
      yield { kind: 'checkpoint', checkpoint: next.value };
    }
    yield { kind: 'row', row };
    reached = Math.max(reached, row.sequence);
  }
  for (; !next.done; next = await pending.next()) yield { kind: 'checkpoint', checkpoint: next.value };
}

async function* iterate<T>(values: AsyncIterable<T> | Iterable<T>): AsyncGenerator<T, undefined> {
  yield* values;
}
