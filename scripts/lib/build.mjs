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
import { dirname, extname, join } from 'node:path';
import { root } from './root.mjs';
import { node } from './run.mjs';

const sourceFolders = ['src', 'libs'];
const settings = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
const stampFile = join(root, 'dist/.build-stamp');
/** What the server reads at run time beside its own code. */
const assetExtensions = new Set(['.lua', '.sql']);

function filesBelow(folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
}

/** Sizes and times instead of contents: must cost little, as every start asks. */
function expectedStamp() {
  const hash = createHash('sha256').update(process.version);
  for (const file of [...settings, ...sourceFolders.flatMap(filesBelow).sort()]) {
    const { size, mtimeMs } = statSync(join(root, file));
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

/** The compiler leaves the output of deleted sources behind, where a migration would still be found. */
function removeOrphans() {
  for (const file of sourceFolders.flatMap((folder) => filesBelow(join('dist', folder)))) {
    const source = file.slice('dist/'.length).replace(/\.js(\.map)?$/, '.ts');
    if (!existsSync(join(root, source))) rmSync(join(root, file));
  }
}

function copyAssets() {
  for (const file of sourceFolders.flatMap(filesBelow).filter((name) => assetExtensions.has(extname(name)))) {
    const target = join(root, 'dist', file);
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(join(root, file), target);
  }
}

/** Compiles src and libs to dist/ and copies what they read at run time. Returns the exit code and, when captured, the output. */
export async function build(options) {
  const stamp = expectedStamp();
  rmSync(stampFile, { force: true });
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const result = await node([compiler, '-p', 'tsconfig.build.json'], options);
  if (result.code !== 0) return result;
  removeOrphans();
  copyAssets();
  writeFileSync(stampFile, stamp);
  return result;
}

/** Builds when dist/ is absent or older than the sources. Throws when the sources do not compile. */
export async function ensureBuild() {
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === expectedStamp()) return;
  console.error('Building ...');
  const { code } = await build();
  if (code !== 0) throw new Error('The build failed');
}
