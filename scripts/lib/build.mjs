import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, extname, join, relative } from 'node:path';
import { root } from './root.mjs';
import { node } from './run.mjs';

/** The browser client is built by Vite, and again only when it has changed itself. */
const consoleFolder = 'libs/console';
const parts = {
  server: {
    stampFile: join(root, 'dist/.build-stamp'),
    folders: ['src', 'libs'],
    settings: ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json'],
    isOwn: (file) => !file.startsWith(`${consoleFolder}/`),
  },
  console: {
    stampFile: join(root, 'dist/.console-stamp'),
    folders: [consoleFolder],
    settings: ['package-lock.json', 'tsconfig.json'],
    isOwn: () => true,
  },
};
const sourceFolders = parts.server.folders;
/** What the server reads at run time beside its own code. */
const assetExtensions = new Set(['.lua', '.sql']);

function filesBelow(folder, directory = root) {
  if (!existsSync(join(directory, folder))) return [];
  return readdirSync(join(directory, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)));
}

/** What the build depends on, by sizes and times instead of contents: must cost little, as every start asks. */
export function buildStamp(directory = root, { folders, settings, isOwn } = parts.server) {
  const hash = createHash('sha256');
  const files = folders.flatMap((folder) => filesBelow(folder, directory)).filter(isOwn);
  for (const file of [...settings, ...files.sort()]) {
    const { size, mtimeMs } = statSync(join(directory, file));
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

/** The compiler leaves the output of deleted sources behind, where a migration would still be found. */
export function removeOrphans(directory = root) {
  for (const file of sourceFolders.flatMap((folder) => filesBelow(join('dist', folder), directory))) {
    const source = file.slice('dist/'.length).replace(/\.js(\.map)?$/, '.ts');
    if (!existsSync(join(directory, source))) rmSync(join(directory, file));
  }
}

function copyAssets() {
  for (const file of sourceFolders
    .flatMap((folder) => filesBelow(folder))
    .filter((name) => assetExtensions.has(extname(name)))) {
    const target = join(root, 'dist', file);
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(join(root, file), target);
  }
}

/** Whether dist/ has what the sources of a part say. */
function isFresh({ stampFile, ...part }) {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === buildStamp(root, part);
}

/** Runs one part's build; its stamp is written last, so that a build that was cut off is made again. */
async function buildPart({ stampFile, ...part }, work) {
  const stamp = buildStamp(root, part);
  rmSync(stampFile, { force: true });
  const result = await work();
  if (result.code === 0) writeFileSync(stampFile, stamp);
  return result;
}

async function buildServer(options) {
  copyAssets();
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const result = await node([compiler, '-p', 'tsconfig.build.json'], options);
  if (result.code === 0) removeOrphans();
  return result;
}

/** Bundles the console to dist/console; types are checked by `npm run types`. */
async function buildConsole(options) {
  if (!existsSync(join(root, consoleFolder)) || isFresh(parts.console)) return { code: 0, output: '' };
  const bundler = join(root, 'node_modules/vite/bin/vite.js');
  return buildPart(parts.console, () => node([bundler, 'build', consoleFolder, '--logLevel', 'warn'], options));
}

/**
 * Compiles src and libs to dist/, copies what they read at run time, and bundles the console where it has changed.
 * Returns the exit code and, when captured, the output.
 */
export async function build(options) {
  const server = await buildPart(parts.server, () => buildServer(options));
  return server.code === 0 ? buildConsole(options) : server;
}

/** Builds when dist/ is absent or older than the sources. Throws when the sources do not compile. */
export async function ensureBuild() {
  if (isFresh(parts.server)) {
    if (!existsSync(join(root, consoleFolder)) || isFresh(parts.console)) return;
    console.error('Building the console ...');
    if ((await buildConsole()).code !== 0) throw new Error('The build of the console failed');
    return;
  }
  console.error('Building ...');
  if ((await build()).code !== 0) throw new Error('The build failed');
}
