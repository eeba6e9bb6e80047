import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';

/** A program that can be run, or a file of its name that cannot. */
export interface FoundProgram {
  readonly path: string;
  readonly mayBeExecuted: boolean;
}

/**
 * The program that `name` means, by its absolute path: a path as seen from `workingDirectory`, or a name looked up in
 * `searchPath`, as a shell would. Undefined when there is no such file.
 */
export async function findProgram(
  name: string,
  workingDirectory: string,
  searchPath: string,
): Promise<FoundProgram | undefined> {
  const candidates = name.includes('/')
    ? [resolve(workingDirectory, name)]
    : searchPath.split(delimiter).map((folder) => join(resolve(workingDirectory, folder), name));
  for (const path of candidates) if (await isExecutable(path)) return { path, mayBeExecuted: true };
  for (const path of candidates) if (await isThere(path)) return { path, mayBeExecuted: false };
  return undefined;
}

export async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
