import { createHash, randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '#libs/ids';
import type { ByteStore, OpenBlob } from '../../src/storage/byte-store.js';
import type { ObjectAddress } from '../../src/storage/object.js';

const MIB = 1024 * 1024;
const WRITE_BYTES = 512 * 1024;

const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');

export interface ByteStoreUnderTest {
  /** A store in which nothing lies. */
  fresh(): Promise<ByteStore>;
  stop(): Promise<void>;
}

/** What every byte store promises (src/storage/byte-store.ts). */
export function byteStoreContract(name: string, start: () => Promise<ByteStoreUnderTest>): void {
  describe(`ByteStore: ${name}`, () => {
    let tested: ByteStoreUnderTest;
    let store: ByteStore;
    const jobId = newId();

    beforeAll(async () => {
      tested = await start();
    });
    beforeEach(async () => {
      store = await tested.fresh();
    });
    afterAll(() => tested.stop());

    async function draft(bytes: Uint8Array | string, address?: ObjectAddress): Promise<string> {
      const whole = Buffer.from(bytes);
      const one = await store.createDraft(address);
      for (let start = 0; start < whole.length; start += WRITE_BYTES) {
        // The memory is used again, as by those who hash.
        const batch = Buffer.from(whole.subarray(start, start + WRITE_BYTES));
        if (one.ready) await one.ready(batch.length);
        await one.write(batch, start);
        batch.fill(0);
      }
      return one.seal();
    }

    async function put(key: string, bytes: Uint8Array | string): Promise<string> {
      const blob = await draft(bytes, { jobId, key });
      await store.place({ jobId, key }, blob);
      return blob;
    }

    async function contentOf(opened: OpenBlob | undefined): Promise<string | undefined> {
      if (!opened) return undefined;
      const bytes = await buffer(opened.stream());
      await opened.close();
      return bytes.toString();
    }

    const read = async (key: string, blob: string): Promise<string | undefined> =>
      contentOf(await store.open(blob, { jobId, key }));

    async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
      const all: T[] = [];
      for await (const item of items) all.push(item);
      return all;
    }

    it('opens what was sealed, before and after it is placed, also twice', async () => {
      const blob = await draft('bytes', { jobId, key: 'a/b' });
      expect(await read('a/b', blob)).toBe('bytes');
      await store.place({ jobId, key: 'a/b' }, blob);
      expect(await read('a/b', blob)).toBe('bytes');
      await store.place({ jobId, key: 'a/b' }, blob);
      expect(await read('a/b', blob)).toBe('bytes');
    });

    it.each([
      ['nothing', 0],
      ['one byte', 1],
      ['what is kept in small pieces, to the byte', MIB / 4],
      ['one byte more', MIB / 4 + 1],
      ['one part, to the byte', 8 * MIB],
      ['one byte more than a part', 8 * MIB + 1],
      ['several parts', 20 * MIB + 12_345],
    ])('gives back %s as it was, whole and in pieces', { timeout: 30_000 }, async (_, bytes) => {
      const content = randomBytes(bytes);
      const blob = await put('content', content);
      const opened = await store.open(blob, { jobId, key: 'content' });
      expect(md5(await buffer(opened!.stream()))).toBe(md5(content));
      await opened?.close();
      const again = await store.open(blob, { jobId, key: 'content' });
      const pieces: Buffer[] = [];
      for (let position = 0; position <= bytes; position += 300_000) {
        const piece = Buffer.alloc(300_000);
        pieces.push(piece.subarray(0, await again!.read(piece, position)));
      }
      expect(md5(Buffer.concat(pieces))).toBe(md5(content));
      await again?.close();
    });

    it('reads from anywhere, and ranges', async () => {
      const content = randomBytes(9 * MIB);
      const blob = await put('ranges', content);
      const opened = await store.open(blob, { jobId, key: 'ranges' });
      const at = async (position: number, length: number): Promise<Buffer> => {
        const piece = Buffer.alloc(length);
        return piece.subarray(0, await opened!.read(piece, position));
      };
      for (const [position, length] of [
        [5 * MIB, 1_000],
        [0, 10],
        [10, 10],
        [8 * MIB - 5, 10],
        [8 * MIB + 5, 10],
        [9 * MIB - 3, 10],
        [9 * MIB, 10],
      ] as const) {
        const expected = content.subarray(position, position + length);
        expect((await at(position, length)).equals(expected), `${length} bytes at ${position}`).toBe(true);
      }
      await opened?.close();
      for (const [start, end] of [
        [0, 0],
        [MIB, 3 * MIB],
        [8 * MIB - 1, 8 * MIB],
        [9 * MIB - 1, 9 * MIB - 1],
      ] as const) {
        const ranged = await store.open(blob, { jobId, key: 'ranges' });
        expect(md5(await buffer(ranged!.stream({ start, end })))).toBe(md5(content.subarray(start, end + 1)));
        await ranged?.close();
      }
    });

    it('opens a version or nothing, never another version', async () => {
      const address = { jobId, key: 'k' };
      const first = await put('k', 'first');
      const opened = await store.open(first, address);
      const second = await put('k', 'other');
      await store.remove(first, address);
      expect(await store.open(first, address)).toBeUndefined();
      expect(await read('k', second)).toBe('other');
      // Whoever had opened the first one reads it to its end.
      expect(await contentOf(opened)).toBe('first');
    });

    it('removes the version it was told and no other, and does not mind when it is gone', async () => {
      const address = { jobId, key: 'x/y/z' };
      const first = await put('x/y/z', 'first');
      const second = await put('x/y/z', 'second');
      await store.remove(first, address);
      await store.remove(first, address);
      expect(await read('x/y/z', second)).toBe('second');
      await store.remove(second, address);
      expect(await read('x/y/z', second)).toBeUndefined();
      expect(await collected(store.placed())).toEqual([]);
    });

    it('tells where something lies, whatever the key, and finds it there', async () => {
      const keys = ['a', 'a/b', 'a//b', '/c', 'd/', 'é\u{1f680}', '%41 +', 'k'.repeat(1_024), '.uploads/x', 'parts/y'];
      for (const key of keys) await put(key, `in ${key}`);
      const found = await collected(store.placed());
      expect(found.map(({ key }) => key).sort()).toEqual([...keys].sort());
      expect(new Set(found.map((address) => address.jobId))).toEqual(new Set([jobId]));
      for (const key of keys) {
        const bytes = Buffer.byteLength(`in ${key}`);
        const moved = await store.openMoved({ jobId, key }, bytes);
        expect(moved?.bytes).toBe(bytes);
        expect(await contentOf(moved)).toBe(`in ${key}`);
        expect(await read(key, moved?.name ?? '')).toBe(`in ${key}`);
        expect(await store.openMoved({ jobId, key }, bytes + 1)).toBeUndefined();
      }
      expect(await store.openMoved({ jobId: newId(), key: 'a' })).toBeUndefined();
    });

    it('tells the drafts that were sealed and not placed, parts among them, and what they may be', async () => {
      const part = await draft('part');
      const object = await draft('object', { jobId, key: 'draft' });
      const left = (await collected(store.leftDrafts())).map(({ blob }) => blob);
      expect(left).toEqual(expect.arrayContaining([part, object]));
      expect(left).toHaveLength(2);
      expect(await store.addressOf(part)).toBeUndefined();
      // Only where objects lie among drafts can a draft be an object's last bytes.
      expect(await store.addressOf(object)).toEqual(store.movesBlobs ? undefined : { jobId, key: 'draft' });
      await store.remove(part, undefined);
      await store.remove(object, undefined);
      expect(await collected((await tested.fresh()).leftDrafts())).toEqual([]);
    });

    it('joins parts by itself, or leaves it to others and keeps nothing of its trial', async () => {
      const contents = [randomBytes(5 * MIB), randomBytes(7)];
      const parts = [];
      for (const content of contents)
        parts.push({ blob: await draft(content), bytes: content.length, etag: md5(content) });
      const address = { jobId, key: 'joined' };
      const joined = await store.join(address, parts);
      const expected = [...parts.map(({ blob }) => blob), ...(joined === undefined ? [] : [joined])];
      expect((await collected(store.leftDrafts())).map(({ blob }) => blob).sort()).toEqual(expected.sort());
      const opened = joined === undefined ? undefined : await store.open(joined, address);
      if (opened) expect(md5(await buffer(opened.stream()))).toBe(md5(Buffer.concat(contents)));
      await opened?.close();
      // Asked again, it says the same.
      expect((await store.join(address, parts)) === undefined).toBe(joined === undefined);
    });

    it('keeps nothing of a draft that was discarded', async () => {
      for (const bytes of [10, MIB, 17 * MIB]) {
        const one = await store.createDraft({ jobId, key: 'discarded' });
        for (let start = 0; start < bytes; start += MIB) await one.write(Buffer.alloc(Math.min(bytes, MIB)), start);
        await one.discard();
        await one.discard();
      }
      expect(await collected(store.leftDrafts())).toEqual([]);
      expect(await collected(store.placed())).toEqual([]);
    });

    it('takes more drafts at once than it has memory for', { timeout: 60_000 }, async () => {
      const contents = Array.from({ length: 40 }, () => randomBytes(MIB));
      const blobs = await Promise.all(contents.map((content, index) => put(`many/${index}`, content)));
      for (const [index, blob] of blobs.entries()) {
        const opened = await store.open(blob, { jobId, key: `many/${index}` });
        expect(md5(await buffer(opened!.stream()))).toBe(md5(contents[index] as Buffer));
        await opened?.close();
      }
    });

    it('is in good condition and admits what it can hold', async () => {
      expect(await store.condition()).toMatchObject({ isRoomy: true });
      await store.admit(MIB);
      await store.giveUpDrafts(0);
    });
  });
}
