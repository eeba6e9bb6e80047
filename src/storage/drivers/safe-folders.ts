import { lstatSync, type Stats } from 'node:fs';
import { lstat, mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PromptFiles } from './prompt-files.js';

const FOLDER_MODE = 0o700;

/** What is in the way of a folder: a file, or a link that may lead anywhere. */
export class NotAFolderError extends Error {
  override readonly name = 'NotAFolderError';
}

/**
 * Makes the folders below `root` that are missing and proves that none of them is a link out of it.
 * @throws NotAFolderError when something else has the name of one of them.
 */
export async function makeFolders(root: string, segments: readonly string[], files: PromptFiles): Promise<void> {
  let path = root;
  for (const segment of segments) {
    path = join(path, segment);
    await makeFolder(path, files);
  }
}

/** Whether every folder on the way is one, and none a link. */
export async function areFolders(root: string, segments: readonly string[]): Promise<boolean> {
  let path = root;
  for (const segment of segments) {
    path = join(path, segment);
    const found = await lstat(path).catch(() => undefined);
    if (!found?.isDirectory()) return false;
  }
  return true;
}

/** Removes folders that became empty, innermost first, up to the root (which stays). */
export async function removeEmptyFolders(root: string, segments: readonly string[]): Promise<void> {
  for (let depth = segments.length; depth > 0; depth -= 1) {
    try {
      await rmdir(join(root, ...segments.slice(0, depth)));
    } catch {
      return;
    }
  }
}

async function makeFolder(path: string, files: PromptFiles): Promise<void> {
  const found = await files.run(
    () => lookHere(path),
    () => lstat(path).catch(absent),
  );
  if (found?.isDirectory()) return;
  if (found) throw new NotAFolderError('Something that is not a folder is in the way');
  try {
    await mkdir(path, { mode: FOLDER_MODE });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (!(await lstat(path)).isDirectory()) throw new NotAFolderError('Something that is not a folder is in the way');
  }
}

function lookHere(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    absent(error);
    return;
  }
}

function absent(error: unknown): undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return undefined;
  if (code === 'ENOTDIR') throw new NotAFolderError('Something that is not a folder is in the way');
  throw error;
}
