import { readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A place in a source file; `line` counts from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

const mapsMax = 50;
const compiled = /\.[cm]?js$/;
const library = /[\\/]node_modules[\\/]/;
/** A line of a stack, and a place as it is written there. Bounded, as messages stand in stacks and anyone may word those. */
const frameInStack = /^ +at .{1,500}$/gm;
const framesCharsMax = 16_384;
const placeInStack = /((?:file:\/\/)?\/[^\s():]+\.[cm]?js):(\d+):(\d+)/g;

const maps = new Map<string, SourceMap | undefined>();

/**
 * Where a place of a compiled file stands in its source; undefined where no map says so. A map is read when a place of its file is
 * first asked for: Node's own --enable-source-maps reads those of every module at the start and keeps them, which costs a server
 * with its libraries a fifth of a second and 14 MiB.
 */
export function originalPosition(file: string, line: number, column: number): Position | undefined {
  const path = file.startsWith('file://') ? fileURLToPath(file) : file;
  const entry = mapOf(path)?.findEntry(line - 1, column - 1);
  if (!entry || !('originalSource' in entry)) return undefined;
  const { originalSource, originalLine, originalColumn } = entry;
  return { file: resolve(dirname(path), originalSource), line: originalLine + 1, column: originalColumn + 1 };
}

/** A stack with the places of this program in terms of its sources. */
export function stackInSource(stack: string): string {
  const frames = stack.slice(0, framesCharsMax).replace(frameInStack, (frame) => frame.replace(placeInStack, inSource));
  return frames + stack.slice(framesCharsMax);
}

function inSource(place: string, file: string, line: string, column: string): string {
  const found = originalPosition(file, Number(line), Number(column));
  return found ? `${found.file}:${found.line}:${found.column}` : place;
}

function mapOf(path: string): SourceMap | undefined {
  if (maps.has(path)) return maps.get(path);
  if (maps.size >= mapsMax) maps.clear();
  const map = compiled.test(path) && !library.test(path) ? readMap(path) : undefined;
  maps.set(path, map);
  return map;
}

/** The map that the last line of a compiled file names, or carries. */
function readMap(path: string): SourceMap | undefined {
  try {
    const url = /\/\/# sourceMappingURL=(\S+)\s*$/.exec(readFileSync(path, 'utf8'))?.[1];
    if (url === undefined) return undefined;
    const text = url.startsWith('data:')
      ? Buffer.from(url.slice(url.indexOf(',') + 1), 'base64').toString()
      : readFileSync(resolve(dirname(path), url), 'utf8');
    return new SourceMap(JSON.parse(text) as SourceMapPayload);
  } catch {
    // Whoever logs must not fail for want of a map: the place is then told as it is in the compiled file.
    return undefined;
  }
}
