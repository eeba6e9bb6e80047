import fc from 'fast-check';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical.js';
import {
  explain,
  genesis,
  headOf,
  sealRow,
  signCheckpoint,
  verifyRows,
  type ChainHead,
  type ChainVerification,
  type JsonObject,
  type SealedRow,
  type SignedCheckpoint,
  type VerifyOptions,
} from './index.js';

const key = Buffer.alloc(32, 7);
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const publicKeys = [publicKey];
const startMs = Date.UTC(2026, 0, 1);

function chainOf(contents: readonly JsonObject[], head: ChainHead = genesis, rowKey = key): SealedRow[] {
  let last = head;
  return contents.map((content, index) => {
    const row = sealRow({ timeMs: startMs + index * 1_000, content }, last, rowKey);
    last = headOf(row);
    return row;
  });
}
const numbered = (count: number): JsonObject[] =>
  Array.from({ length: count }, (_, index) => ({ type: 'job.submitted', index }));
const at = (rows: readonly SealedRow[], sequence: number): SealedRow => rows.find((row) => row.sequence === sequence)!;
const checkpointAt = (
  rows: readonly SealedRow[],
  sequence: number,
  endsSegment = false,
  segment = 1,
): SignedCheckpoint =>
  signCheckpoint({ ...headOf(at(rows, sequence)), signedAtMs: startMs, segment, endsSegment }, privateKey);
async function* stream(rows: readonly SealedRow[]): AsyncGenerator<SealedRow> {
  yield* rows;
}
const verify = (rows: readonly SealedRow[], options: Partial<VerifyOptions> = {}): Promise<ChainVerification> =>
  verifyRows(stream(rows), { keys: [key], publicKeys, ...options });
const found = async (rows: readonly SealedRow[], options: Partial<VerifyOptions> = {}): Promise<string> => {
  const result = await verify(rows, options);
  return result.ok ? 'nothing' : `${result.finding.kind} ${result.finding.sequence}`;
};
/** What someone can do who may write to the database and knows the format, but not the key: public hashes made good. */
function rehash(row: SealedRow, change: Partial<SealedRow>): SealedRow {
  const { sequence, timeMs, content, previousHash } = { ...row, ...change };
  const text = canonicalJson({ sequence, time_ms: timeMs, content, previous_hash: previousHash });
  return { ...row, ...change, hash: createHash('sha256').update(text).digest('hex') };
}
function rewriteFrom(rows: readonly SealedRow[], sequence: number, change: Partial<SealedRow>): SealedRow[] {
  let previousHash = '';
  return rows.map((row) => {
    if (row.sequence < sequence) return row;
    const rewritten = rehash(row, row.sequence === sequence ? change : { previousHash });
    previousHash = rewritten.hash;
    return rewritten;
  });
}

const json = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<string>, { maxKeys: 4 });
const chainAndPlace = fc
  .array(json, { minLength: 3, maxLength: 20 })
  .chain((contents) =>
    fc.record({ rows: fc.constant(chainOf(contents)), place: fc.integer({ min: 2, max: contents.length - 1 }) }),
  );

describe('a chain as it was written', () => {
  it('is accepted, whatever its rows hold', async () => {
    await fc.assert(
      fc.asyncProperty(chainAndPlace, async ({ rows, place }) => {
        const stored = rows.map((row) => JSON.parse(JSON.stringify(row)) as SealedRow);
        const checkpoints = [checkpointAt(rows, place), checkpointAt(rows, place), checkpointAt(rows, place + 1)];
        const last = rows.at(-1)!;
        expect(await verify(stored, { checkpoints, head: headOf(last) })).toEqual({
          ok: true,
          rowCount: rows.length,
          head: headOf(last),
          fromSegment: 1,
          coveredThrough: place + 1,
        });
      }),
    );
  });

  it('may be empty', async () => expect(await verify([])).toMatchObject({ ok: true, rowCount: 0, head: genesis }));

  it('is verified from a retained segment end on', async () => {
    const rows = chainOf(numbered(10));
    const retained = checkpointAt(rows, 4, true, 3);
    const kept = rows.slice(4);
    const checkpoints = [checkpointAt(rows, 2), retained, checkpointAt(rows, 8)];
    expect(await verify(kept, { retained, checkpoints })).toMatchObject({
      ok: true,
      rowCount: 6,
      fromSegment: 4,
      coveredThrough: 8,
    });
    expect(await found(kept)).toBe('deleted 1');
    expect(await found(kept.slice(1), { retained })).toBe('deleted 5');
    expect(await found(kept, { retained: checkpointAt(rows, 4) })).toBe('bad_checkpoint 4');
    expect(await found(kept, { retained: { ...retained, segment: 9 } })).toBe('bad_checkpoint 4');
  });

  it('needs a key to be told from a forgery', async () => {
    expect(await found(chainOf(numbered(3), genesis, Buffer.alloc(32, 8)))).toBe('forged 1');
  });

  it('takes seals of a former key for as long as that key counts', async () => {
    const formerKey = Buffer.alloc(32, 8);
    const before = chainOf(numbered(2), genesis, formerKey);
    const rows = [...before, ...chainOf(numbered(2), headOf(at(before, 2)))];
    expect(await verify(rows, { keys: [key, formerKey] })).toMatchObject({ ok: true, rowCount: 4 });
    expect(await found(rows)).toBe('forged 1');
  });

  it('can be read in part, from the row after a given one', async () => {
    const rows = chainOf(numbered(9));
    const part = rows.slice(3, 6);
    const start = headOf(at(rows, 3));
    const checkpoints = [2, 3, 5].map((sequence) => checkpointAt(rows, sequence));
    expect(await verify(part, { start, checkpoints, head: { sequence: 6 } })).toMatchObject({ ok: true, rowCount: 3 });
    expect(await found(part, { start, head: { sequence: 7 } })).toBe('truncated 7');
    expect(await found(part.slice(1), { start })).toBe('deleted 4');
    expect(await found(part, { start: { ...start, hash: '0'.repeat(64) } })).toBe('forked 4');
  });

  it('takes clocks that differ a little, and later rows while it is read', async () => {
    const rows = chainOf(numbered(4));
    const late = sealRow({ timeMs: at(rows, 4).timeMs - 59_000, content: {} }, headOf(at(rows, 4)), key);
    expect(await verify([...rows, late], { head: headOf(at(rows, 3)) })).toMatchObject({ ok: true, rowCount: 5 });
  });
});

describe('tampering is found and the row named', () => {
  const check = (
    tamper: (rows: SealedRow[], place: number) => SealedRow[] | undefined,
    kind: string,
    offset = 0,
  ): Promise<void> =>
    fc.assert(
      fc.asyncProperty(chainAndPlace, async ({ rows, place }) => {
        const tampered = tamper([...rows], place);
        fc.pre(tampered !== undefined);
        expect(await found(tampered)).toBe(`${kind} ${place + offset}`);
      }),
    );
  const replaced = (rows: SealedRow[], place: number, change: Partial<SealedRow>): SealedRow[] =>
    rows.with(place - 1, { ...rows[place - 1]!, ...change });

  it('any member flipped', async () => {
    const hex = fc.stringMatching(/^[0-9a-f]{64}$/);
    const changes = fc.oneof(
      json.map((content) => ({ content })),
      fc.nat().map((timeMs) => ({ timeMs })),
      hex.map((hash) => ({ hash })),
      hex.map((previousHash) => ({ previousHash })),
      fc.constant({ hash: null as never }),
      fc.constant({ timeMs: Number.NaN }),
    );
    await fc.assert(
      fc.asyncProperty(chainAndPlace, changes, async ({ rows, place }, change) => {
        fc.pre(JSON.stringify({ ...at(rows, place), ...change }) !== JSON.stringify(at(rows, place)));
        expect(await found(replaced(rows, place, change))).toBe(`altered ${place}`);
      }),
    );
  });
  it('a seal flipped', () => check((rows, place) => replaced(rows, place, { seal: '0'.repeat(64) }), 'forged'));
  it('rewritten together with all public hashes after it', () =>
    check((rows, place) => rewriteFrom(rows, place, { content: { rewritten: true } }), 'forged'));
  it('deleted', () => check((rows, place) => rows.toSpliced(place - 1, 1), 'deleted'));
  it('inserted behind the true one', () =>
    check((rows, place) => rows.toSpliced(place, 0, rehash(at(rows, place), { content: { fake: 1 } })), 'inserted'));
  it('inserted before the true one', () =>
    check(
      (rows, place) => rows.toSpliced(place - 1, 0, rehash(at(rows, place), { content: { fake: 1 } })),
      'inserted',
    ));
  it('doubled', () => check((rows, place) => rows.toSpliced(place, 0, at(rows, place)), 'inserted'));
  it('reordered by neighbours', () =>
    check((rows, place) => rows.toSpliced(place - 1, 2, at(rows, place + 1), at(rows, place)), 'reordered'));
  it('moved to the end', () => check((rows, place) => [...rows.toSpliced(place - 1, 1), at(rows, place)], 'reordered'));
  it("swapped under each other's numbers", () =>
    check((rows, place) => {
      const [one, other] = [at(rows, place), at(rows, place + 1)];
      if (canonicalJson(one.content) === canonicalJson(other.content)) return undefined;
      return rows.with(place - 1, { ...other, sequence: place }).with(place, { ...one, sequence: place + 1 });
    }, 'altered'));
  it('forked: a second true history, such as that of a copied database', () =>
    check((rows, place) => {
      const branch = chainOf(numbered(3), headOf(at(rows, place - 1)));
      return [...rows.slice(0, place), branch[0]!, ...rows.slice(place)];
    }, 'forked'));
  it('forked: history and branch joined', () =>
    check(
      (rows, place) => {
        const branch = chainOf([{ branch: 1 }, { branch: 2 }], headOf(at(rows, place - 1)));
        return [...rows.slice(0, place), branch[1]!];
      },
      'forked',
      1,
    ));
  it('written while the clock was set back', async () => {
    const rows = chainOf(numbered(4));
    const back = sealRow({ timeMs: startMs - 60_000, content: {} }, headOf(at(rows, 4)), key);
    const after = sealRow({ timeMs: startMs + 9_000, content: {} }, headOf(back), key);
    expect(await found([...rows, back, after])).toBe('time_set_back 5');
  });
  it('cut off at the end, against a checkpoint or the head', async () => {
    await fc.assert(
      fc.asyncProperty(chainAndPlace, async ({ rows, place }) => {
        const checkpoints = [checkpointAt(rows, 1), checkpointAt(rows, rows.length)];
        const head = headOf(rows.at(-1)!);
        expect(await found(rows.slice(0, place), { checkpoints })).toBe(`truncated ${place + 1}`);
        expect(await found(rows.slice(0, place), { head })).toBe(`truncated ${place + 1}`);
        expect(await found([], { checkpoints })).toBe('truncated 1');
      }),
    );
  });
  it('even by the holder of the seal key, as far as checkpoints were signed', async () => {
    const rows = chainOf(numbered(10));
    const checkpoints = [3, 6, 9].map((sequence) => checkpointAt(rows, sequence));
    const forged = [
      ...rows.slice(0, 4),
      ...chainOf(
        numbered(6).map((content) => ({ ...content, forged: 1 })),
        headOf(at(rows, 4)),
      ),
    ];
    const result = await verify(forged, { checkpoints });
    expect(result).toMatchObject({ ok: false, finding: { kind: 'forked', sequence: 4, throughSequence: 6 } });
    expect(await found(forged, { head: headOf(at(rows, 10)) })).toBe('forked 10');
  });
  it('a checkpoint that was changed, or signed by somebody else', async () => {
    const rows = chainOf(numbered(5));
    const stranger = generateKeyPairSync('ed25519').privateKey;
    const good = checkpointAt(rows, 3);
    for (const change of [
      { signedAtMs: 1 },
      { timeMs: 1 },
      { segment: 2 },
      { endsSegment: true },
      { hash: at(rows, 2).hash },
      { keyId: '0'.repeat(16) },
      { signature: '' },
    ]) {
      expect(await found(rows, { checkpoints: [{ ...good, ...change }] })).toBe('bad_checkpoint 3');
    }
    expect(await found(rows, { checkpoints: [signCheckpoint(good, stranger)] })).toBe('bad_checkpoint 3');
    expect(await found(rows, { checkpoints: [signCheckpoint(good, stranger)], publicKeys: [] })).toBe(
      'bad_checkpoint 3',
    );
  });
  it('and is said in a sentence', () => {
    expect(explain({ kind: 'deleted', sequence: 7 })).toBe('Row 7: it is missing.');
    expect(explain({ kind: 'forked', sequence: 4, throughSequence: 6 })).toMatch(
      /^A row from 4 to 6: it continues another history/,
    );
  });
});
