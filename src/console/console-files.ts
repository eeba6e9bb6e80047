import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A file of the built console as it is sent. */
export interface ConsoleFile {
  readonly bytes: Buffer;
  /** The same, compressed at build time; undefined where that saves nothing. */
  readonly gzip: Buffer | undefined;
  readonly type: string;
  /** Quoted, from the contents. */
  readonly entityTag: string;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The console as `npm run build` left it in dist/console; files are read when first asked for and then kept. */
export class ConsoleFiles {
  private readonly files = new Map<string, ConsoleFile>();
  private readonly names: ReadonlySet<string>;

  constructor(private readonly directory = builtConsole()) {
    // Only what the build has put there can be asked for, whatever the path says.
    this.names = new Set(existsSync(directory) ? readdirSync(directory, { recursive: true, encoding: 'utf8' }) : []);
  }

  /** @param name path below dist/console, such as `static/index-Bq3.js`; undefined when there is no such file. */
  find(name: string): ConsoleFile | undefined {
    const type = types[extname(name)];
    if (type === undefined || !this.names.has(name)) return undefined;
    const known = this.files.get(name);
    if (known) return known;
    const bytes = readFileSync(join(this.directory, name));
    const gzip = this.names.has(`${name}.gz`) ? readFileSync(join(this.directory, `${name}.gz`)) : undefined;
    const entityTag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
    const file = { bytes, gzip, type, entityTag };
    this.files.set(name, file);
    return file;
  }
}

/** Beside the compiled server, or, when the server runs from its sources, where the build would put it. */
function builtConsole(): string {
  const candidates = ['../../console', '../../dist/console'].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  return candidates.find((path) => existsSync(join(path, 'index.html'))) ?? candidates[0] ?? '';
}
