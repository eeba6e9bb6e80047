import type { KeyObject } from 'node:crypto';
import { genesis, type ChainHead } from './chain.js';
import { parseExportLine, type ExportLine } from './export.js';
import type { Finding } from './findings.js';
import { ChainWalk, walkChain, type Step } from './walk.js';

export type ExportVerification =
  | {
      readonly ok: true;
      readonly rowCount: number;
      readonly firstSequence: number;
      readonly lastSequence: number;
      /** When the server last vouched for these rows. Rows written later are not in the export, and cannot be. */
      readonly signedAtMs: number;
    }
  | { readonly ok: false; readonly rowCount: number; readonly finding: Finding };

/**
 * Proves from an export and the server's Ed25519 public keys alone that its rows are, without exception, those that the
 * server signed, from the first row of the file to the last. Each row's hash holds the hash before it, so a
 * signature over the last one vouches for them all, wherever the export begins. What a signature cannot tell is whether
 * a whole tail, checkpoint included, was left out: compare `lastSequence` and `signedAtMs` with what is expected.
 */
export async function verifyExport(
  lines: AsyncIterable<string>,
  publicKeys: readonly KeyObject[],
): Promise<ExportVerification> {
  const reader = new ExportReader(lines);
  const steps = reader.steps();
  const first = await steps.next();
  if (first.done) return { ok: false, rowCount: 0, finding: reader.complaint ?? { kind: 'truncated', sequence: 1 } };
  const start = startBefore(first.value);
  // Clocks are judged where the log is kept; here a clock that was set back is part of the history that was signed.
  const walk = new ChainWalk({ start, publicKeys, clockToleranceMs: Infinity });
  const finding =
    (await walkChain(walk, prepend(first.value, steps))) ?? reader.complaint ?? judgeEnd(walk, reader, start);
  await steps.return(undefined);
  if (finding) return { ok: false, rowCount: walk.rowCount, finding };
  return {
    ok: true,
    rowCount: walk.rowCount,
    firstSequence: start.sequence + 1,
    lastSequence: walk.head.sequence,
    signedAtMs: reader.signedAtMs,
  };
}

function judgeEnd(walk: ChainWalk, reader: ExportReader, start: ChainHead): Finding | undefined {
  const next = walk.head.sequence + 1;
  if (reader.announcedRows === undefined) return { kind: 'truncated', sequence: next };
  if (walk.coveredThrough < walk.head.sequence) return { kind: 'not_covered', sequence: walk.coveredThrough + 1 };
  if (reader.announcedRows !== walk.rowCount) return { kind: 'truncated', sequence: next };
  return walk.rowCount === 0 ? { kind: 'truncated', sequence: start.sequence + 1 } : undefined;
}

function startBefore(step: Step): ChainHead {
  if (step.kind === 'checkpoint') return genesis;
  const { sequence, previousHash } = step.row;
  return sequence === 1 ? genesis : { sequence: sequence - 1, hash: previousHash, timeMs: 0 };
}

async function* prepend(first: Step, rest: AsyncGenerator<Step, undefined>): AsyncGenerator<Step, undefined> {
  yield first;
  return yield* rest;
}

/** Reads the lines of an export, keeping to its grammar: begin, steps, end. */
class ExportReader {
  complaint: Finding | undefined;
  announcedRows: number | undefined;
  signedAtMs = 0;
  private sequence = 0;

  constructor(private readonly lines: AsyncIterable<string>) {}

  async *steps(): AsyncGenerator<Step, undefined> {
    let hasBegun = false;
    for await (const text of this.lines) {
      const line = parseExportLine(text);
      if (!line || !this.isInPlace(line, hasBegun)) {
        this.complaint = { kind: 'malformed', sequence: this.sequence + 1 };
        return undefined;
      }
      hasBegun = true;
      if (line.kind === 'row') this.sequence = line.row.sequence;
      if (line.kind === 'checkpoint') this.signedAtMs = line.checkpoint.signedAtMs;
      if (line.kind === 'end') this.announcedRows = line.rowCount;
      if (line.kind === 'row' || line.kind === 'checkpoint') yield line;
    }
    return undefined;
  }

  private isInPlace(line: ExportLine, hasBegun: boolean): boolean {
    return (line.kind === 'begin') !== hasBegun && this.announcedRows === undefined;
  }
}
