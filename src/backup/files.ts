import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, statfs } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';

const CHUNK_BYTES = 1024 ** 2;
/** What backups leave free: the records lie on the same volume by default, and must be able to grow. */
export const RESERVE_BYTES = 64 * 1024 ** 2;

export interface Digest {
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** Size and SHA-256 of a file, as it is read back. */
export async function digestOf(file: string): Promise<Digest> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest('hex') };
}

export async function compress(from: string, to: string): Promise<void> {
  await pipeline(createReadStream(from), createGzip(), createWriteStream(to, { mode: 0o600, flags: 'wx' }));
}

/** What is unpacked is more than there is room for. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge';
  readonly code = 'ENOSPC';
}

/** @throws TooLarge beyond `bytesMax`. @throws Error when the file is no gzip file, or not a whole one. */
export async function decompress(from: string, to: string, bytesMax: number): Promise<void> {
  let bytes = 0;
  const limit = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes > bytesMax) throw new TooLarge(`it unpacks to more than ${bytesMax} bytes`);
      yield chunk;
    }
  };
  await pipeline(createReadStream(from), createGunzip(), limit, createWriteStream(to, { mode: 0o600, flags: 'wx' }));
}

/** Makes a file's bytes, or a folder's names, durable. */
export async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
}

export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
