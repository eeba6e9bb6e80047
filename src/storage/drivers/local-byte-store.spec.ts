import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '#libs/clock';
import { newId } from '#libs/ids';
import { checkKey, HashPool } from '#libs/s3';
import type { OpenBlob } from '../byte-store.js';
import { DiskGuard } from '../disk-guard.js';
import type { ObjectAddress } from '../object.js';
import { LocalByteStore } from './local-byte-store.js';
import { LocalLayout } from './local-layout.js';

let root: string;
let store: LocalByteStore;
const jobId = newId();
const pool = new HashPool();
afterAll(() => pool.close());

function storeAt(folder: string, floorBytes = 0): LocalByteStore {
  const clock = new ManualClock();
  return new LocalByteStore(folder, new DiskGuard(folder, floorBytes, clock), pool, clock);
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'byte-store-'));
  store = storeAt(root);
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

async function draft(text: string): Promise<string> {
  const one = await store.createDraft();
  await one.write(Buffer.from(text), 0);
  return one.seal();
}

async function put(key: string, text: string): Promise<string> {
  const blob = await draft(text);
  await store.place({ jobId, key }, blob);
  return blob;
}

async function textOf(opened: OpenBlob | undefined): Promise<string | undefined> {
  if (!opened) return undefined;
  const buffer = Buffer.alloc(2_000);
  const length = await opened.read(buffer, 0);
  await opened.close();
  return buffer.toString('utf8', 0, length);
}

const read = async (key: string, blob: string): Promise<string | undefined> =>
  textOf(await store.open(blob, { jobId, key }));
const pathOf = (...segments: string[]): string => join(root, jobId, ...segments);

describe('LocalByteStore', () => {
  it('shows nothing before it is placed, and then under its own name', async () => {
    const blob = await draft('bytes');
    expect(existsSync(pathOf())).toBe(false);
    expect(await read('a/b', blob)).toBe('bytes');
    await store.place({ jobId, key: 'a/b' }, blob);
    expect(readFileSync(pathOf('a', 'b'), 'utf8')).toBe('bytes');
    expect(await read('a/b', blob)).toBe('bytes');
    expect(readdirSync(join(root, '.uploads'))).toEqual([]);
    await store.place({ jobId, key: 'a/b' }, blob);
    expect(await read('a/b', blob)).toBe('bytes');
  });

  it('opens a version or nothing, never another version', async () => {
    const first = await put('k', 'first');
    const open = await store.open(first, { jobId, key: 'k' });
    const second = await put('k', 'other');
    expect(await read('k', first)).toBeUndefined();
    expect(await read('k', second)).toBe('other');
    // Whoever had opened the first one reads it to its end.
    expect(await textOf(open)).toBe('first');
  });

  it('removes the version it was told and no other, and the folders that became empty', async () => {
    const first = await put('x/y/z', 'first');
    const second = await put('x/y/z', 'second');
    await store.remove(first, { jobId, key: 'x/y/z' });
    expect(await read('x/y/z', second)).toBe('second');
    await store.remove(second, { jobId, key: 'x/y/z' });
    await store.remove(second, { jobId, key: 'x/y/z' });
    expect(readdirSync(root)).toEqual(['.uploads']);
  });

  it('holds what a file system cannot hold under its own name', async () => {
    const keys = ['a', 'a/b', 'a/b/c', 'd/e/f', 'd/e', 'd', 'g//h', '/i', 'j/', 'k'.repeat(300), 'l/'.repeat(512)];
    const blobs = new Map<string, string>();
    for (const key of keys) blobs.set(key, await put(key, `in ${key}`));
    for (const [key, blob] of blobs) expect(await read(key, blob)).toBe(`in ${key}`);
    for (const [key, blob] of blobs) await store.remove(blob, { jobId, key });
    expect(readdirSync(root, { recursive: true }).sort()).toEqual(['.uploads']);
  });

  it('never follows a link that lies in the way', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'outside-'));
    writeFileSync(join(outside, 'victim'), 'untouched');
    mkdirSync(pathOf(), { recursive: true });
    symlinkSync(outside, pathOf('folder'));
    symlinkSync(join(outside, 'victim'), pathOf('file'));
    const inFolder = await put('folder/victim', 'mine');
    const overLink = await put('file', 'mine too');
    expect(readFileSync(join(outside, 'victim'), 'utf8')).toBe('untouched');
    expect(readdirSync(outside)).toEqual(['victim']);
    expect(await read('folder/victim', inFolder)).toBe('mine');
    expect(await read('file', overLink)).toBe('mine too');
    expect(await store.openMoved({ jobId, key: 'folder/victim' }, 9)).toBeUndefined();
    await store.remove(inFolder, { jobId, key: 'folder/victim' });
    expect(readFileSync(join(outside, 'victim'), 'utf8')).toBe('untouched');
    rmSync(outside, { recursive: true });
  });

  it('reads a file that was restored by hand if its length is right', async () => {
    const blob = await put('restored', 'bytes');
    rmSync(pathOf('restored'));
    writeFileSync(join(root, 'copy'), 'bytes');
    linkSync(join(root, 'copy'), pathOf('restored'));
    expect(await read('restored', blob)).toBeUndefined();
    expect(await textOf(await store.openMoved({ jobId, key: 'restored' }, 5))).toBe('bytes');
    expect(await store.openMoved({ jobId, key: 'restored' }, 6)).toBeUndefined();
  });

  it('takes a small object whole, hashed by another thread, and leaves nothing when that fails', async () => {
    const pieces = ['small', ' and whole'].map((text) => new Uint8Array(Buffer.from(text)));
    const one = await store.createDraft();
    const digests = await one.writeWhole?.(pieces, ['md5', 'crc32']);
    expect(digests).toEqual(await HashPool.digestInline(['md5', 'crc32'], [Buffer.from('small and whole')]));
    const blob = await one.seal();
    expect(await textOf(await store.open(blob, undefined))).toBe('small and whole');
    const failing = await store.createDraft();
    const unknown = 'whirlpool' as 'md5';
    await expect(failing.writeWhole?.([Buffer.from('lost')], [unknown])).rejects.toThrow();
    await failing.discard();
    expect(readdirSync(join(root, '.uploads'))).toEqual([blob.split('.')[0]]);
    const full = await storeAt(root, Number.MAX_SAFE_INTEGER).createDraft();
    await expect(full.writeWhole?.([Buffer.from('x')], ['md5'])).rejects.toMatchObject({ code: 'SlowDown' });
  });

  it('tells the drafts that a crash has left, and none that is being written', async () => {
    const leftIn = async (one: LocalByteStore): Promise<string[]> => {
      const blobs: string[] = [];
      for await (const { blob } of one.leftDrafts()) blobs.push(blob);
      return blobs;
    };
    const writing = await store.createDraft();
    await writing.write(Buffer.from('begun'), 0);
    expect(await leftIn(store)).toEqual([]);
    const sealed = await draft('sealed');
    const survivors = storeAt(root);
    expect(await leftIn(survivors)).toContain(sealed);
    expect(await leftIn(survivors)).toHaveLength(2);
    await writing.discard();
    await store.remove(sealed, undefined);
    expect(await leftIn(survivors)).toEqual([]);
  });

  it('takes nothing in when the disk has less room than the floor', async () => {
    const full = storeAt(root, Number.MAX_SAFE_INTEGER);
    await expect(full.admit(0)).rejects.toMatchObject({ code: 'SlowDown' });
    const one = await full.createDraft();
    await expect(one.write(Buffer.from('x'), 0)).rejects.toMatchObject({ code: 'SlowDown' });
    await one.discard();
    expect(await full.condition()).toMatchObject({ isRoomy: false });
  });

  it('places and removes in crowded folders at the same time without losing an object', async () => {
    const keys = ['p/q/1', 'p/q/2', 'p', 'p/q', 'p/q/r/3'];
    const rounds = Array.from({ length: 20 }, (_, round) =>
      keys.map(async (key) => {
        const blob = await put(key, `${round}`);
        await store.remove(blob, { jobId, key });
      }),
    );
    await Promise.all(rounds.flat());
    const last = new Map<string, string>();
    for (const key of keys) last.set(key, await put(key, key));
    for (const [key, blob] of last) expect(await read(key, blob)).toBe(key);
  });
});

describe('LocalLayout', () => {
  const layout = new LocalLayout('/root');
  const isKey = (text: string): boolean => {
    try {
      return checkKey(text) === text;
    } catch {
      return false;
    }
  };
  const keys = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }).filter(isKey);

  it('gives every key an escaped name of its own, from which it can be read back', () => {
    fc.assert(
      fc.property(keys, (key) => {
        const segments = layout.escaped({ jobId, key });
        expect(segments.every((segment) => segment.length > 0 && segment.length <= 255)).toBe(true);
        expect(layout.addressOfEscaped(segments.slice(1))).toEqual({ jobId, key });
      }),
    );
  });

  it('never lets one key be in the way of another', () => {
    fc.assert(
      fc.property(keys, keys, (one, other) => {
        const paths = [one, other].map((key) => layout.escaped({ jobId, key }).join('/'));
        fc.pre(one !== other);
        expect(paths[0]?.startsWith(`${paths[1] ?? ''}/`)).toBe(false);
      }),
    );
  });

  it('stays below the job for every key that checkKey accepts', () => {
    const address: ObjectAddress = { jobId, key: 'a/../b' };
    expect(layout.plain({ ...address, key: 'a/b' })).toEqual([jobId, 'a', 'b']);
    expect(layout.plain({ ...address, key: 'x'.repeat(256) })).toBeUndefined();
    expect(layout.plain({ ...address, key: 'a//b' })).toBeUndefined();
  });
});
