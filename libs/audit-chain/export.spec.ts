import fc from 'fast-check';
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseExportLine } from './export.js';
import {
  exportLine,
  genesis,
  headOf,
  sealRow,
  signCheckpoint,
  verifyExport,
  type ExportVerification,
  type SealedRow,
} from './index.js';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const rows: SealedRow[] = [];
for (let index = 0; index < 12; index += 1) {
  const last = rows.at(-1);
  rows.push(
    sealRow(
      { timeMs: 1_000 * index, content: { index, text: 'é"\n' } },
      last ? headOf(last) : genesis,
      Buffer.alloc(32, 1),
    ),
  );
}
const checkpoint = (sequence: number): string =>
  exportLine({
    kind: 'checkpoint',
    checkpoint: signCheckpoint(
      { ...headOf(rows[sequence - 1]!), signedAtMs: sequence, segment: 1, endsSegment: false },
      privateKey,
    ),
  });
const row = (sequence: number): string => exportLine({ kind: 'row', row: rows[sequence - 1]! });

function exported(first: number, last: number, checkpoints: readonly number[]): string[] {
  const lines = [exportLine({ kind: 'begin' })];
  for (let sequence = first; sequence <= last; sequence += 1) {
    lines.push(row(sequence));
    if (checkpoints.includes(sequence)) lines.push(checkpoint(sequence));
  }
  return [...lines, exportLine({ kind: 'end', rowCount: last - first + 1 })];
}
async function* stream(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}
const verify = (lines: readonly string[], keys = [publicKey]): Promise<ExportVerification> =>
  verifyExport(stream(lines), keys);
const found = async (lines: readonly string[]): Promise<string> => {
  const result = await verify(lines);
  return result.ok ? 'nothing' : `${result.finding.kind} ${result.finding.sequence}`;
};

describe('an export', () => {
  it('is proved by the public key alone, wherever it begins', async () => {
    expect(await verify(exported(1, 12, [5, 12]))).toEqual({
      ok: true,
      rowCount: 12,
      firstSequence: 1,
      lastSequence: 12,
      signedAtMs: 12,
    });
    expect(await verify(exported(4, 9, [9]))).toEqual({
      ok: true,
      rowCount: 6,
      firstSequence: 4,
      lastSequence: 9,
      signedAtMs: 9,
    });
    expect(await verify(exported(1, 12, [12]), [generateKeyPairSync('ed25519').publicKey, publicKey])).toMatchObject({
      ok: true,
    });
  });

  it('holds no seal', () => expect(exported(1, 12, []).join()).not.toContain(rows[0]!.seal));

  it('is not proved by another key, or beyond its last checkpoint', async () => {
    const stranger = generateKeyPairSync('ed25519').publicKey;
    expect(await verify(exported(1, 12, [12]), [stranger])).toMatchObject({
      ok: false,
      finding: { kind: 'bad_checkpoint', sequence: 12 },
    });
    expect(await found(exported(1, 12, [5]))).toBe('not_covered 6');
    expect(await found(exported(1, 12, []))).toBe('not_covered 1');
  });

  it('shows where it was cut, and what is no export', async () => {
    const whole = exported(1, 12, [12]);
    expect(await found(whole.slice(0, -1))).toBe('truncated 13');
    expect(await found(whole.slice(0, 5))).toBe('truncated 5');
    expect(await found([])).toBe('truncated 1');
    expect(await found(whole.slice(1))).toBe('malformed 1');
    expect(await found([...whole, row(12)])).toBe('malformed 13');
    expect(await found([...whole.slice(0, 3), 'junk', ...whole.slice(3)])).toBe('malformed 3');
    expect(await found([exportLine({ kind: 'begin' }), exportLine({ kind: 'end', rowCount: 0 })])).toBe('truncated 1');
    expect(await found([...exported(1, 5, [5]).slice(0, -1), exportLine({ kind: 'end', rowCount: 12 })])).toBe(
      'truncated 6',
    );
  });

  it('hides no second reading of a line', () => {
    const line = row(3);
    expect(parseExportLine(line)).toBeDefined();
    expect(parseExportLine(line.replace('{"content"', '{"content":{"fake":1},"content"'))).toBeUndefined();
    expect(parseExportLine(line.replace('"kind"', '"extra":1,"kind"'))).toBeUndefined();
    expect(parseExportLine(`${line} `)).toBeUndefined();
    expect(parseExportLine('['.repeat(100_000))).toBeUndefined();
  });

  it('that was changed in any way is not accepted', async () => {
    const whole = exported(1, 12, [4, 8, 12]);
    const lineNumber = fc.nat(whole.length - 1);
    const changes = fc.oneof(
      fc.tuple(lineNumber, fc.nat(), fc.stringMatching(/^[ -~]$/)).map(([at, position, character]) => {
        const line = whole[at]!;
        const column = position % line.length;
        return whole.with(at, line.slice(0, column) + character + line.slice(column + 1));
      }),
      lineNumber.map((at) => whole.toSpliced(at, 1)),
      fc.tuple(lineNumber, lineNumber).map(([at, to]) => whole.toSpliced(at, 0, whole[to]!)),
      fc.tuple(lineNumber, lineNumber).map(([one, other]) => whole.with(one, whole[other]!).with(other, whole[one]!)),
      fc.tuple(lineNumber, fc.string()).map(([at, junk]) => whole.with(at, junk)),
    );
    await fc.assert(
      fc.asyncProperty(changes, async (lines) => {
        const changed = lines.filter((line) => !line.includes('"kind":"checkpoint"'));
        const original = whole.filter((line) => !line.includes('"kind":"checkpoint"'));
        const result = await verify(lines);
        // A checkpoint more or less changes no row; everything else must be noticed.
        if (changed.join('\n') !== original.join('\n')) expect(result.ok && result.rowCount === 12).toBe(false);
        // Only the first row can go unnoticed, and then the answer says that the export begins later.
        if (result.ok) expect(result.rowCount).toBe(result.lastSequence - result.firstSequence + 1);
      }),
      { numRuns: 1_000 },
    );
  });

  it('names the row that was altered, deleted or put in', async () => {
    const whole = exported(1, 12, [12]);
    expect(await found(whole.with(5, row(5).replace('"index":4', '"index":9')))).toBe('altered 5');
    expect(await found(whole.toSpliced(5, 1))).toBe('deleted 5');
    expect(await found(whole.toSpliced(5, 0, row(5)))).toBe('inserted 5');
    expect(await found(whole.toSpliced(5, 2, row(6), row(5)))).toBe('reordered 5');
  });
});
