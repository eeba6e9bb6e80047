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

const sourceFolders = ['src', 'libs'];
const settings = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
const stampFile = join(root, 'dist/.build-stamp');
/** What the server reads at run time beside its own code. */
const assetExtensions = new Set(['.lua', '.sql']);

function filesBelow(folder, directory = root) {
  if (!existsSync(join(directory, folder))) return [];
  return readdirSync(join(directory, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)));
}

/** What the build depends on, by sizes and times instead of contents: must cost little, as every start asks. */
export function buildStamp(directory = root) {
  const hash = createHash('sha256');
  for (const file of [...settings, ...sourceFolders.flatMap((folder) => filesBelow(folder, directory)).sort()]) {
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

/** Compiles src and libs to dist/ and copies what they read at run time. Returns the exit code and, when captured, the output. */
export async function build(options) {
  const stamp = buildStamp();
  rmSync(stampFile, { force: true });
  copyAssets();
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const result = await node([compiler, '-p', 'tsconfig.build.json'], options);
  if (result.code !== 0) return result;
  removeOrphans();
  writeFileSync(stampFile, stamp);
  return result;
}

/** Builds when dist/ is absent or older than the sources. Throws when the sources do not compile. */
export async function ensureBuild() {
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === buildStamp()) return;
  console.error('Building ...');
  const { code } = await build();
  if (code !== 0) throw new Error('The build failed');
}
