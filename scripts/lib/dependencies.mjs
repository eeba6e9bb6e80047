import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './root.mjs';
import { npm } from './run.mjs';

const stampName = 'node_modules/.simpletuner-installed';

function expectedStamp(directory) {
  const hash = createHash('sha256')
    .update(readFileSync(join(directory, 'package-lock.json')))
    .digest('hex');
  // Native addons are built for one ABI, so another Node needs another installation.
  return { hash, abi: process.versions.modules };
}

function readStamp(directory) {
  const file = join(directory, stampName);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/** Whether npm's own record of node_modules holds what package-lock.json asks for, as after `npm install NAME`. */
function installedByHand(directory) {
  if (!existsSync(join(directory, 'node_modules/.package-lock.json'))) return false;
  const read = (file) => JSON.parse(readFileSync(join(directory, file), 'utf8')).packages;
  const wanted = read('package-lock.json');
  const installed = read('node_modules/.package-lock.json');
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === '' || (optional && !installed[path])) return true;
    return installed[path]?.version === version;
  });
}

/** Whether node_modules holds what package-lock.json asks for, built for this Node. Reads four files at most. */
export function dependenciesAreFresh(directory = root) {
  const stamp = readStamp(directory);
  const expected = expectedStamp(directory);
  if (stamp && stamp.abi !== expected.abi) return false;
  return stamp?.hash === expected.hash || installedByHand(directory);
}

/** Remembers that node_modules is fresh. */
export function stampDependencies(directory = root) {
  const expected = expectedStamp(directory);
  if (readStamp(directory)?.hash === expected.hash) return;
  writeFileSync(join(directory, stampName), JSON.stringify(expected));
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
