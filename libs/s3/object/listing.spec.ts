import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readListObjectsParameters } from './list-parameters.js';
import { afterPrefix, compareKeys, foldedPrefix, listPage, type KeyPage, type ReadKeys } from './listing.js';

interface Entry {
  readonly key: string;
}

/** A sorted index in memory that counts what is read from it. */
class Index {
  reads = 0;
  entriesRead = 0;
  private readonly keys: readonly string[];

  constructor(keys: readonly string[]) {
    this.keys = [...new Set(keys)].sort(compareKeys);
  }

  readonly read: ReadKeys<Entry> = async (prefix, position, entriesMax) => {
    const found = this.keys.filter((key) => {
      const order = compareKeys(key, position.key);
      return key.startsWith(prefix) && (position.inclusive ? order >= 0 : order > 0);
    });
    const page = found.slice(0, entriesMax).map((key) => ({ key }));
    this.reads += 1;
    this.entriesRead += page.length;
    return page;
  };

  /** What a full walk must show. */
  expected(prefix: string, delimiter: string | undefined, after = ''): string[] {
    const shown = this.keys
      .filter((key) => key.startsWith(prefix) && compareKeys(key, after) > 0)
      .map((key) => foldedPrefix(key, prefix, delimiter) ?? key);
    return [...new Set(shown)];
  }
}

const list = (index: Index, query: Record<string, string>): Promise<KeyPage<Entry>> =>
  listPage(readListObjectsParameters(new Map(Object.entries(query))), index.read);

const shown = (page: KeyPage<Entry>): string[] =>
  [...page.objects.map(({ key }) => key), ...page.commonPrefixes].sort(compareKeys);

async function walk(
  index: Index,
  query: Record<string, string>,
  next: (page: KeyPage<Entry>) => Record<string, string>,
): Promise<string[]> {
  const all: string[] = [];
  let page = await list(index, query);
  all.push(...shown(page));
  while (page.nextToken !== undefined) {
    expect(shown(page)).toHaveLength(Number(query['max-keys']));
    page = await list(index, { ...query, ...next(page) });
    all.push(...shown(page));
  }
  return all;
}

const character = fc.constantFrom(
  'a',
  'b',
  '/',
  '/',
  '-',
  '~',
  'é',
  '\ud7ff',
  '\ue000',
  '\uffee',
  '\u{1f600}',
  '\u{10ffff}',
);
const keyOf = fc.array(character, { minLength: 1, maxLength: 6 }).map((list) => list.join(''));
const keysOf = fc.array(keyOf, { maxLength: 40 });
const prefixOf = fc.array(character, { maxLength: 2 }).map((list) => list.join(''));
const delimiterOf = fc.constantFrom('', '/', '-', 'a', '/a', '\u{10ffff}');
const maxKeysOf = fc.integer({ min: 1, max: 12 }).map(String);

describe('listPage', () => {
  it('shows everything once and in order, page by page, with tokens', async () => {
    await fc.assert(
      fc.asyncProperty(keysOf, prefixOf, delimiterOf, maxKeysOf, async (keys, prefix, delimiter, maxKeys) => {
        const index = new Index(keys);
        const query = { 'list-type': '2', prefix, delimiter, 'max-keys': maxKeys };
        const all = await walk(index, query, (page) => ({ 'continuation-token': page.nextToken ?? '' }));
        expect(all).toEqual(index.expected(prefix, delimiter || undefined));
      }),
      { numRuns: 400 },
    );
  });

  it('does so with the markers of v1 too', async () => {
    await fc.assert(
      fc.asyncProperty(keysOf, prefixOf, delimiterOf, maxKeysOf, async (keys, prefix, delimiter, maxKeys) => {
        const index = new Index(keys);
        const query = { prefix, delimiter, 'max-keys': maxKeys };
        const all = await walk(index, query, (page) => ({ marker: page.nextMarker ?? '' }));
        expect(all).toEqual(index.expected(prefix, delimiter || undefined));
      }),
      { numRuns: 400 },
    );
  });

  it('starts after a key', async () => {
    const index = new Index(['a', 'b', 'c/1', 'c/2', 'd']);
    expect(shown(await list(index, { 'list-type': '2', 'start-after': 'b' }))).toEqual(['c/1', 'c/2', 'd']);
    expect(shown(await list(index, { 'list-type': '2', 'start-after': 'c/1', delimiter: '/' }))).toEqual(['c/', 'd']);
    expect(shown(await list(index, { marker: 'c/', delimiter: '/' }))).toEqual(['d']);
    expect(shown(await list(index, { marker: 'x', prefix: 'a' }))).toEqual([]);
  });

  it('jumps over what it folds', async () => {
    const folders = Array.from({ length: 20 }, (_, folder) => `dir${String(folder).padStart(2, '0')}/`);
    const index = new Index(folders.flatMap((folder) => Array.from({ length: 300 }, (_, file) => `${folder}${file}`)));
    const page = await list(index, { 'list-type': '2', delimiter: '/' });
    expect(page.commonPrefixes).toEqual(folders);
    expect(page.nextToken).toBeUndefined();
    expect(index.entriesRead).toBeLessThanOrEqual(20 * 4);
  });

  it('reads plain keys in few and full strokes', async () => {
    const index = new Index(Array.from({ length: 3_000 }, (_, file) => `file${file}`));
    const page = await list(index, { 'list-type': '2' });
    expect(page.objects).toHaveLength(1_000);
    expect([index.reads, index.entriesRead]).toEqual([1, 1_001]);
    index.reads = 0;
    await list(index, { 'list-type': '2', delimiter: '/' });
    expect(index.reads).toBeLessThanOrEqual(10);
  });

  it('answers nothing for max-keys=0 and cuts larger wishes to 1,000', async () => {
    const index = new Index(['a']);
    expect(await list(index, { 'max-keys': '0' })).toEqual({ objects: [], commonPrefixes: [] });
    expect(readListObjectsParameters(new Map([['max-keys', '5000']])).maxKeys).toBe(1_000);
  });

  it.each([
    '',
    'x',
    'WyJhIl0',
    Buffer.from('["a\\u0000",1]').toString('base64url'),
    Buffer.from('["\\ud800",1]').toString('base64url'),
  ])('refuses the token %j', async (token) => {
    const listed = async () => list(new Index(['a']), { 'list-type': '2', 'continuation-token': token });
    await expect(listed()).rejects.toMatchObject({ code: 'InvalidArgument' });
  });

  it.each([
    ['max-keys', '-1'],
    ['max-keys', '1e3'],
    ['max-keys', '99999999999'],
    ['list-type', '3'],
    ['encoding-type', 'hex'],
    ['prefix', 'a\u0000'],
  ])('refuses %s=%s', (name, value) => {
    expect(() => readListObjectsParameters(new Map([[name, value]]))).toThrow(
      expect.objectContaining({ code: 'InvalidArgument' }) as Error,
    );
  });
});

describe('afterPrefix', () => {
  it('lies behind every key with the prefix and not behind any other', () => {
    const anyKey = fc.string({ unit: 'binary', minLength: 1 });
    fc.assert(
      fc.property(anyKey, fc.string({ unit: 'binary' }), anyKey, (prefix, rest, other) => {
        const position = afterPrefix(prefix);
        if (!position) return;
        expect(compareKeys(prefix + rest, position.key)).toBeLessThan(0);
        if (compareKeys(other, prefix) > 0 && !other.startsWith(prefix)) {
          expect(compareKeys(other, position.key)).toBeGreaterThanOrEqual(0);
        }
      }),
    );
    expect(afterPrefix('\u{10ffff}')).toBeUndefined();
  });
});
