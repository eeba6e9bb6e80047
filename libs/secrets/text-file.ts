import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { secretsLimits } from './limits.js';
import { SourceFault } from './source-fault.js';

/** A file as it was at one moment. */
export interface TextFile {
  readonly text: string;
  /** Permission bits of the file itself, not of a link to it. */
  readonly mode: number;
  /** Differs whenever the file has been changed or replaced, also by swapping a link on the way to it. */
  readonly signature: string;
}

/**
 * Reads a file, unless it is still the one of `knownSignature`, which answers 'unchanged'; undefined when there is none.
 * Opened once, so that mode and text belong to the same file whatever happens to its name meanwhile.
 * @throws SourceFault for something that is no file or too large; the error of the file system otherwise.
 */
export async function readTextFile(path: string, knownSignature?: string): Promise<TextFile | 'unchanged' | undefined> {
  const file = await openExisting(path);
  if (!file) return undefined;
  try {
    const { dev, ino, size, mode, mtimeNs, ctimeNs } = await file.stat({ bigint: true });
    if ((Number(mode) & constants.S_IFMT) !== constants.S_IFREG) throw new SourceFault('is no file');
    if (size > secretsLimits.documentBytesMax)
      throw new SourceFault(`is larger than ${secretsLimits.documentBytesMax} bytes`);
    const signature = [dev, ino, size, mtimeNs, ctimeNs].join(' ');
    if (signature === knownSignature) return 'unchanged';
    return { text: await file.readFile('utf8'), mode: Number(mode) & 0o777, signature };
  } finally {
    await file.close();
  }
}

/** A second look tells a file that is gone from one whose folder was being swapped at that moment. */
async function openExisting(path: string): Promise<FileHandle | undefined> {
  for (let look = 0; look < 2; look += 1) {
    try {
      // A named pipe would otherwise be waited for.
      return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return undefined;
}
