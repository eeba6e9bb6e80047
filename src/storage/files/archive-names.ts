/** Letters before a colon at the beginning would be a drive. */
const DRIVE = /^[A-Za-z]:/;

/**
 * Names under which keys can be unpacked side by side on every common file system, below `folder`: no empty segments (which an
 * absolute path begins with), no drive, no file where a folder has to be, no two that differ in case or composition only.
 * What is safe and free already keeps its name; the answer is in the order of the keys.
 */
export function archiveNames(keys: readonly string[], folder: string): string[] {
  const safe = keys.map(safeName);
  const folders = new Set(safe.flatMap(foldersOf).map(folded));
  const taken = new Set<string>();
  return safe.map((name) => {
    let free = name;
    for (let count = 2; taken.has(folded(free)) || folders.has(folded(free)); count += 1) free = `${name}~${count}`;
    taken.add(folded(free));
    return `${folder}/${free}`;
  });
}

function safeName(key: string): string {
  const segments = key.split('/').map((segment) => (segment === '' ? '_' : segment));
  return segments.join('/').replace(DRIVE, (drive) => `${drive[0]}_`);
}

/** `a/b/c` lies in `a` and in `a/b`. */
function foldersOf(name: string): string[] {
  const segments = name.split('/');
  return segments.slice(1).map((_, index) => segments.slice(0, index + 1).join('/'));
}

function folded(name: string): string {
  return name.normalize('NFC').toLowerCase();
}
