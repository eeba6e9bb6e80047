import {
  closeSync,
  constants,
  createReadStream,
  fstatSync,
  openSync,
  readSync,
  type BigIntStats,
  type ReadStream,
} from 'node:fs';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { ByteRange } from '#libs/s3';
import type { MovedBlob } from '../byte-store.js';
import { blobName } from './blob-name.js';
import { closeFile, openFile, readFile, statFile } from './descriptors.js';
import type { PromptFiles } from './prompt-files.js';

/** Fewer, larger reads: what a fast network takes at once. */
const READ_BYTES = 256 * 1024;
/** What is read on this thread, at the most: longer reads would hold up others. */
const PROMPT_READ_BYTES_MAX = 128 * 1024;
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** A file that is open for reading: it stays the same whatever becomes of its name. */
export class LocalBlob implements MovedBlob {
  private stage: 'open' | 'closed' | ReadStream = 'open';

  private constructor(
    private readonly file: number,
    private readonly files: PromptFiles,
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
    files: PromptFiles,
  ): Promise<LocalBlob | undefined> {
    let file: number;
    try {
      file = await files.run(
        () => openSync(path, FLAGS),
        () => openFile(path, FLAGS),
      );
    } catch (error) {
      missing(error);
      return;
    }
    let blob: LocalBlob | undefined;
    try {
      const found = await files.run(
        () => fstatSync(file, { bigint: true }),
        () => statFile(file),
      );
      if (found.isFile() && isRight(found)) {
        blob = new LocalBlob(file, files, blobName(draft, found), Number(found.size), Number(found.mtimeMs));
      }
      return blob;
    } finally {
      if (!blob) await closeFile(file);
    }
  }

  stream(range?: ByteRange): Readable {
    const options = { fd: this.file, highWaterMark: READ_BYTES };
    this.stage = createReadStream('', { ...options, ...(range && { start: range.start, end: range.end }) });
    return this.stage;
  }

  async read(buffer: Buffer, position: number): Promise<number> {
    let length = 0;
    while (length < buffer.length) {
      const read = [buffer, length, buffer.length - length, position + length] as const;
      const bytesRead =
        buffer.length <= PROMPT_READ_BYTES_MAX
          ? await this.files.run(
              () => readSync(this.file, ...read),
              () => readFile(this.file, ...read),
            )
          : await readFile(this.file, ...read);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return length;
  }

  async close(): Promise<void> {
    const { stage } = this;
    this.stage = 'closed';
    if (stage === 'closed') return;
    if (stage === 'open') {
      await this.files.run(
        () => closeSync(this.file),
        () => closeFile(this.file),
      );
    } else if (!stage.closed) {
      // The stream closes the file; closing it here too could hit another file that has got its number.
      const closed = once(stage, 'close').catch(() => undefined);
      stage.destroy();
      await closed;
    }
  }
}

/** No such file, something else in the way of it, or a link: in each case the blob is not there. */
function missing(error: unknown): undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== undefined && ['ENOENT', 'ENOTDIR', 'ELOOP', 'EMLINK', 'ENXIO', 'ENAMETOOLONG'].includes(code))
    return undefined;
  throw error;
}
