import { createHash, randomBytes } from 'node:crypto';
import { constants, statSync } from 'node:fs';
import { mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { HashPool } from './hash-pool.js';
import { MultiHasher, type DigestAlgorithm } from './hashers.js';
import { HashingWriter } from './hashing-writer.js';

const all: DigestAlgorithm[] = ['md5', 'sha1', 'sha256', 'crc32', 'crc32c', 'crc64nvme'];
const pools: HashPool[] = [];
const newPool = (options: ConstructorParameters<typeof HashPool>[0] = {}): HashPool => {
  const pool = new HashPool(options);
  pools.push(pool);
  return pool;
};
afterAll(() => Promise.all(pools.map((pool) => pool.close())));

describe('MultiHasher', () => {
  it('computes the published check values of "123456789"', async () => {
    const hasher = new MultiHasher(all);
    hasher.update(Buffer.from('1234'));
    hasher.update(Buffer.from('56789'));
    const digests = await hasher.digest();
    expect(Object.fromEntries(Object.entries(digests).map(([name, digest]) => [name, digest.toString('hex')]))).toEqual(
      {
        md5: '25f9e794323b453885f5181f1b624d0b',
        sha1: 'f7c3bc1d808e04732adf679965ccc34ca7ae3441',
        sha256: '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225',
        crc32: 'cbf43926',
        crc32c: 'e3069283',
        crc64nvme: 'ae8b14860a799888',
      },
    );
  });
});

describe('HashingWriter', () => {
  it('agrees with hashing in one go, whatever the pieces, on the worker and inline', async () => {
    const pool = newPool({ batchBytes: 1_000, inlineBytesMax: 700, batchesMax: 3 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 1_500 }), { maxLength: 12 }), async (pieces) => {
        const stored: Buffer[] = [];
        let expectedOffset = 0;
        const writer = new HashingWriter(pool, all, async (bytes, offset) => {
          expect(offset).toBe(expectedOffset);
          expectedOffset += bytes.length;
          stored.push(Buffer.from(bytes));
        });
        for (const piece of pieces) await writer.write(piece);
        const whole = Buffer.concat(pieces);
        expect(await writer.finish()).toEqual(await HashPool.digestInline(all, [whole]));
        expect(Buffer.concat(stored).equals(whole)).toBe(true);
        expect(writer.bytes).toBe(whole.length);
      }),
      { numRuns: 60 },
    );
  });

  it('writes shared memory to a file byte for byte', async () => {
    const folder = await mkdtemp(join(tmpdir(), 's3-hashing-'));
    const file = await open(join(folder, 'object'), 'w');
    const body = randomBytes(3 * 1024 * 1024 + 17);
    const writer = new HashingWriter(newPool(), ['sha256'], async (bytes, offset) => {
      await file.write(bytes, 0, bytes.length, offset);
    });
    for (let start = 0; start < body.length; start += 65_536) await writer.write(body.subarray(start, start + 65_536));
    const { sha256 } = await writer.finish();
    await file.close();
    expect((await readFile(join(folder, 'object'))).equals(body)).toBe(true);
    expect(sha256).toEqual(createHash('sha256').update(body).digest());
    await rm(folder, { recursive: true });
  });

  it('makes a small file and hashes it in one go, or makes none and says why', async () => {
    const folder = await mkdtemp(join(tmpdir(), 's3-hashing-'));
    const pool = newPool({ threads: 1 });
    const path = join(folder, 'object');
    const flags = constants.O_CREAT | constants.O_EXCL | constants.O_RDWR;
    const shared = Buffer.from('-shared memory-');
    const pieces = [Buffer.alloc(70_000, 'own'), shared.subarray(1, 7)];
    const whole = Buffer.concat(pieces);
    const wanted = { path, flags, mode: 0o600, algorithms: all };
    const nowhere = join(folder, 'no', 'folder');
    const [made, again, lost] = await Promise.allSettled([
      pool.makeFile({ ...wanted, pieces }),
      pool.makeFile({ ...wanted, pieces: [shared] }),
      pool.makeFile({ ...wanted, path: nowhere, pieces: [shared] }),
    ]);
    const { ino, mtimeNs } = statSync(path, { bigint: true });
    const digests = await HashPool.digestInline(all, [whole]);
    expect(made).toEqual({ status: 'fulfilled', value: { identity: { ino, mtimeNs }, digests } });
    expect(again).toMatchObject({ reason: { code: 'EEXIST' } });
    expect(lost).toMatchObject({ reason: { code: 'ENOENT', syscall: 'open' } });
    expect(shared.toString()).toBe('-shared memory-');
    await expect(
      pool.makeFile({ ...wanted, path: `${path}-2`, algorithms: ['whirlpool' as DigestAlgorithm], pieces: [shared] }),
    ).rejects.toThrow();
    expect(await readdir(folder)).toEqual(['object']);
    expect((await readFile(path)).equals(whole)).toBe(true);
    await rm(folder, { recursive: true });
  });

  it('serves more uploads at once than it has memory for, each with its own digest', async () => {
    const pool = newPool({ batchBytes: 1_000, inlineBytesMax: 0, batchesMax: 2 });
    await Promise.all(
      Array.from({ length: 30 }, async (_, index) => {
        const body = Buffer.alloc(10_000, index);
        const writer = new HashingWriter(pool, ['md5'], async () => undefined);
        await writer.write(body);
        expect((await writer.finish()).md5).toEqual(createHash('md5').update(body).digest());
      }),
    );
  });

  it('holds the sender back while two batches are being stored', async () => {
    const pool = newPool({ batchBytes: 100, inlineBytesMax: 0 });
    const open: (() => void)[] = [];
    let started = 0;
    const writer = new HashingWriter(pool, ['md5'], () => {
      started += 1;
      return new Promise<void>((resolve) => open.push(resolve));
    });
    await writer.write(Buffer.alloc(200));
    const progress = { taken: false, finished: false };
    const rest = writer
      .write(Buffer.alloc(100))
      .then(() => {
        progress.taken = true;
        return writer.finish();
      })
      .then(() => {
        progress.finished = true;
      });
    await new Promise((resolve) => setImmediate(resolve));
    expect({ started, ...progress }).toEqual({ started: 1, taken: false, finished: false });
    await vi.waitFor(() => {
      open.shift()?.();
      expect(progress).toEqual({ taken: true, finished: true });
    });
    await rest;
    expect(started).toBe(3);
  });

  it('bundles one-byte pieces instead of keeping them all', async () => {
    const sizes: number[] = [];
    const writer = new HashingWriter(newPool({ inlineBytesMax: 0 }), ['md5'], async (bytes) => {
      sizes.push(bytes.length);
    });
    for (let index = 0; index < 600; index += 1) await writer.write(Buffer.alloc(1));
    await writer.finish();
    expect(sizes).toEqual([256, 256, 88]);
  });

  it('reports a failing store, gives its memory back and can be abandoned', async () => {
    const pool = newPool({ batchBytes: 100, inlineBytesMax: 0, batchesMax: 2 });
    const failing = new HashingWriter(pool, ['md5'], () => Promise.reject(new Error('disk full')));
    await failing.write(Buffer.alloc(100));
    await expect(failing.finish()).rejects.toThrow('disk full');
    await failing.abandon();
    const small = new HashingWriter(newPool(), ['md5'], () => Promise.reject(new Error('disk full')));
    await small.write(Buffer.alloc(1));
    await expect(small.finish()).rejects.toThrow('disk full');
    const next = new HashingWriter(pool, ['md5'], async () => undefined);
    await next.write(Buffer.alloc(1_000));
    expect((await next.finish()).md5).toEqual(createHash('md5').update(Buffer.alloc(1_000)).digest());
  });

  it('fails uploads under way when the pool closes, and starts a new thread for the next one', async () => {
    const pool = newPool({ threads: 1, batchBytes: 100, inlineBytesMax: 0 });
    const lost = new HashingWriter(pool, ['md5'], async () => undefined);
    await lost.write(Buffer.alloc(100));
    await pool.close();
    await expect(lost.finish()).rejects.toThrow(/hash thread/);
    await lost.abandon();
    const next = new HashingWriter(pool, ['md5'], async () => undefined);
    await next.write(Buffer.alloc(100));
    expect((await next.finish()).md5).toEqual(createHash('md5').update(Buffer.alloc(100)).digest());
  });

  it('fails uploads whose thread dies, and goes on with a new one', async () => {
    const pool = newPool({ threads: 1, batchBytes: 100, inlineBytesMax: 0 });
    const dying = new HashingWriter(pool, ['whirlpool' as DigestAlgorithm], async () => undefined);
    await dying.write(Buffer.alloc(100));
    await expect(dying.finish()).rejects.toThrow();
    await dying.abandon();
    const next = new HashingWriter(pool, ['md5'], async () => undefined);
    await next.write(Buffer.alloc(100));
    expect((await next.finish()).md5).toEqual(createHash('md5').update(Buffer.alloc(100)).digest());
  });
});
