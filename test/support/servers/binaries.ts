import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where packages put servers although an ordinary user's PATH does not name it. */
const systemFolders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/opt/homebrew/bin'];

function versionFolders(parent: string): string[] {
  try {
    const versions = readdirSync(parent).filter((name) => /^\d+$/.test(name));
    return versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(parent, version, 'bin'));
  } catch {
    return [];
  }
}

function executable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The path of a program, or undefined where this machine has none. Debian keeps PostgreSQL's outside of PATH. */
export function findBinary(name: string): string | undefined {
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const folders = [...versionFolders('/usr/lib/postgresql'), ...path, ...systemFolders];
  return folders.map((folder) => join(folder, name)).find(executable);
}

/** The path of a program; throws with the package that brings it. */
export function requireBinary(name: string, debianPackage: string): string {
  const found = findBinary(name);
  if (found) return found;
  throw new Error(`${name} is not installed; on Debian or Ubuntu: apt-get install ${debianPackage}`);
}
