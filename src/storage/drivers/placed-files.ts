import { opendir } from 'node:fs/promises';
import type { ObjectAddress } from '../object.js';
import type { LocalLayout } from './local-layout.js';

/** The addresses of the files below a root: those under their own names, then those under escaped ones. Links are not followed. */
export async function* placedFiles(layout: LocalLayout): AsyncGenerator<ObjectAddress, undefined> {
  for await (const segments of filesBelow(layout, [])) {
    const address = layout.addressOfPlain(segments);
    if (address) yield address;
  }
  for await (const segments of filesBelow(layout, [ESCAPED])) {
    const address = layout.addressOfEscaped(segments.slice(1));
    if (address) yield address;
  }
  return undefined;
}

const ESCAPED = '.escaped';

/** Folders that begin with a dot lie in the root for other purposes; below a job's folder they are part of a key. */
async function* filesBelow(layout: LocalLayout, above: readonly string[]): AsyncGenerator<string[], undefined> {
  const folder = await opendir(layout.path(above)).catch(absent);
  if (!folder) return undefined;
  for await (const entry of folder) {
    if (above.length === 0 && entry.name.startsWith('.')) continue;
    const segments = [...above, entry.name];
    if (entry.isDirectory()) yield* filesBelow(layout, segments);
    else if (entry.isFile()) yield segments;
  }
  return undefined;
}

/** A folder that has vanished meanwhile holds nothing. */
function absent(error: unknown): undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
  throw error;
}
