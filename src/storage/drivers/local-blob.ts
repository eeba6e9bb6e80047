import { constants, type BigIntStats } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { ByteRange } from '#libs/s3';
import type { MovedBlob } from '../byte-store.js';
import { blobName } from './blob-name.js';

/** Fewer, larger reads: what a fast network takes at once. */
const READ_BYTES = 256 * 1024;

/** A file that is open for reading: it stays the same whatever becomes of its name. */
export class LocalBlob implements MovedBlob {
  private constructor(
    private readonly file: FileHandle,
    /** The blob's name, for as long as nobody touches the file. */
    readonly name: string,
    readonly bytes: number,
    readonly modifiedAtMs: number,
  ) {}

  /** Opens `path`, never through a link in its last component, if `isRight` accepts what it finds. `draft` goes into its name. */
  static async open(
    path: string,
    isRight: (found: BigIntStats) => boolean,
    draft: string,
  ): Promise<LocalBlob | undefined> {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(missing);
    if (!file) return undefined;
    const found = await file.stat({ bigint: true });
    if (found.isFile() && isRight(found)) {
      return new LocalBlob(file, blobName(draft, found), Number(found.size), Number(found.mtimeMs));
    }
    await file.close();
    return undefined;
  }

  stream(range?: ByteRange): Readable {
    const options = { highWaterMark: READ_BYTES, ...(range && { start: range.start, end: range.end }) };
    return this.file.createReadStream(options);
  }

  async read(buffer: Buffer, position: number): Promise<number> {
    let length = 0;
    while (length < buffer.length) {
      const { bytesRead } = await this.file.read(buffer, length, buffer.length - length, position + length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return length;
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}

/** No such file, something else in the way of it, or a link: in each case the blob is not there. */
function missing(error: unknown): undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== undefined && ['ENOENT', 'ENOTDIR', 'ELOOP', 'EMLINK', 'ENXIO', 'ENAMETOOLONG'].includes(code))
    return undefined;
  throw error;
}
