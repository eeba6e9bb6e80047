import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './root.mjs';
import { npm } from './run.mjs';

const stampName = 'node_modules/.simpletuner-installed';

/** Native addons are built for one ABI, so another Node needs another installation. */
function expectedStamp(directory) {
  const hash = createHash('sha256')
    .update(readFileSync(join(directory, 'package-lock.json')))
    .digest('hex');
  return `${hash} abi ${process.versions.modules}\n`;
}

/** Whether npm's own record of node_modules holds what package-lock.json asks for (an installation made by hand). */
function installedByHand(directory) {
  const read = (file) => JSON.parse(readFileSync(join(directory, file), 'utf8')).packages;
  const wanted = read('package-lock.json');
  const installed = read('node_modules/.package-lock.json');
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === '' || (optional && !installed[path])) return true;
    return installed[path]?.version === version;
  });
}

/** Whether node_modules holds what package-lock.json asks for, built for this Node. Reads three files at most. */
export function dependenciesAreFresh(directory = root) {
  const stampFile = join(directory, stampName);
  if (existsSync(stampFile)) return readFileSync(stampFile, 'utf8') === expectedStamp(directory);
  return existsSync(join(directory, 'node_modules/.package-lock.json')) && installedByHand(directory);
}

/** Remembers that node_modules is fresh. */
export function stampDependencies(directory = root) {
  const stampFile = join(directory, stampName);
  if (!existsSync(stampFile)) writeFileSync(stampFile, expectedStamp(directory));
}

/** Native addons compile against this Node's own headers where it came with them, instead of downloading them. */
function installationEnvironment() {
  const nodedir = dirname(dirname(process.execPath));
  if (!existsSync(join(nodedir, 'include/node/node.h'))) return process.env;
  return { ...process.env, npm_config_nodedir: nodedir };
}

/** Runs `npm ci` when node_modules is absent, older than package-lock.json, or built for another Node. */
export async function ensureDependencies() {
  if (!dependenciesAreFresh()) {
    console.error('Installing dependencies (npm ci, a minute or two) ...');
    // Removes node_modules with its stamp first: an interrupted installation is not taken for a finished one.
    const { code } = await npm(['ci'], { env: installationEnvironment() });
    if (code !== 0) throw new Error(`npm ci failed with exit code ${code}`);
  }
  stampDependencies();
}
