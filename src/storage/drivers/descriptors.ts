import { close, fdatasync, fstat, open, read, write, type BigIntStats } from 'node:fs';
import { promisify } from 'node:util';

// Files by their numbers: what can be asked on this thread as well as on another (`PromptFiles`), which FileHandle cannot.

const readInto = promisify(read);
const writeFrom = promisify(write);
const statOf = promisify(fstat) as (file: number, options: { bigint: true }) => Promise<BigIntStats>;

export const openFile = promisify(open) as (path: string, flags: number, mode?: number) => Promise<number>;
export const closeFile = promisify(close);
export const syncFile = promisify(fdatasync);

export const statFile = (file: number): Promise<BigIntStats> => statOf(file, { bigint: true });

/** Resolves to how many bytes were read. */
export async function readFile(
  file: number,
  buffer: Buffer,
  offset: number,
  length: number,
  position: number,
): Promise<number> {
  return (await readInto(file, buffer, offset, length, position)).bytesRead;
}

/** Resolves to how many bytes were written. */
export async function writeFile(
  file: number,
  buffer: Buffer,
  offset: number,
  length: number,
  position: number,
): Promise<number> {
  return (await writeFrom(file, buffer, offset, length, position)).bytesWritten;
}
