import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Artifacts } from './artifacts.mjs';
import { TestBucket } from './test-bucket.js';
import { Uploader } from './uploader.mjs';

const PART_BYTES = 5 * 1024 * 1024;
const never = new AbortController().signal;

const bucket = new TestBucket();
let folder: string;
let warnings: string[];

beforeAll(async () => {
  await bucket.start();
  folder = await mkdtemp(join(tmpdir(), 'digits-uploader-'));
});
afterAll(async () => {
  await bucket.stop();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  bucket.partSizes = [];
  warnings = [];
});

function artifacts(changes: object = {}, signal = never): Artifacts {
  const { name, endpoint, credentials } = bucket;
  const target = { bucket: name, endpoint, region: 'us-east-1', largestPartBytes: PART_BYTES, ...credentials };
  const sleep = () => Promise.resolve();
  const uploader = new Uploader({ ...target, ...changes }, (line: string) => warnings.push(line), { sleep });
  return new Artifacts(folder, uploader, () => undefined, signal);
}

describe('uploads', () => {
  it('larger than a part go up in parts, which come together again', async () => {
    const bytes = randomBytes(2 * PART_BYTES + 1);
    const files = artifacts({ largestPartBytes: 64 * 1024 * 1024 });
    await files.add('large.bin', bytes);
    await files.settle();
    expect(bucket.partSizes.sort()).toEqual([1, PART_BYTES, PART_BYTES]);
    expect((await bucket.download('large.bin')).equals(bytes)).toBe(true);
  });

  it.each([
    ['an empty file', Buffer.alloc(0)],
    ['a file of exactly one part', randomBytes(PART_BYTES)],
  ])('of %s go up in one request', async (name, bytes) => {
    const files = artifacts();
    await files.add(`${name}.bin`, bytes);
    await files.settle();
    expect(bucket.partSizes).toEqual([]);
    expect((await bucket.download(`${name}.bin`)).equals(bytes)).toBe(true);
  });

  it('outlive a server that is away for longer than the SDK itself has patience', async () => {
    bucket.requestsToLose = 8;
    const files = artifacts();
    await files.add('late.txt', Buffer.from('here at last'));
    await files.settle();
    expect((await bucket.download('late.txt')).toString()).toBe('here at last');
    expect(warnings.length).toBeGreaterThanOrEqual(2);
  });

  it('that are refused stop the run at the next file, which still lies in the folder', async () => {
    const files = artifacts({ accessKeyId: 'NOBODY' });
    await files.add('refused.txt', Buffer.from('x'));
    await expect(files.settle()).rejects.toThrow('AWS Access Key');
    await expect(files.add('next.txt', Buffer.from('y'))).rejects.toThrow('AWS Access Key');
    const manifest = JSON.parse(files.manifest('job-1').toString()) as { files: { key: string }[] };
    expect(manifest.files.map(({ key }) => key)).toEqual(['refused.txt', 'next.txt']);
    expect(warnings).toEqual([]);
  });

  it('end when no time is left', async () => {
    const files = artifacts({}, AbortSignal.abort());
    await files.add('too-late.txt', Buffer.from('x'));
    await expect(files.settle()).rejects.toThrow('abort');
  });
});
