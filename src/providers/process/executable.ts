import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';

/**
 * The absolute path of the program that `name` means: a path as seen from `workingDirectory`, or a name looked up in
 * `searchPath`, as a shell would. Undefined when there is no such file, or none that may be executed.
 */
export async function findExecutable(
  name: string,
  workingDirectory: string,
  searchPath: string,
): Promise<string | undefined> {
  const candidates = name.includes('/')
    ? [resolve(workingDirectory, name)]
    : searchPath.split(delimiter).map((folder) => join(resolve(workingDirectory, folder), name));
  for (const candidate of candidates) if (await isExecutable(candidate)) return candidate;
  return undefined;
}

export async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
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
