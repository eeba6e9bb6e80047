import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './root.mjs';
import { npm } from './run.mjs';

const lockFile = join(root, 'package-lock.json');
const installedFile = join(root, 'node_modules/.package-lock.json');
const stampFile = join(root, 'node_modules/.simpletuner-installed');

/** Native addons are built for one ABI, so another Node needs another installation. */
function expectedStamp() {
  const hash = createHash('sha256').update(readFileSync(lockFile)).digest('hex');
  return `${hash} abi ${process.versions.modules}\n`;
}

/** Whether npm's own record of node_modules holds what package-lock.json asks for (an installation made by hand). */
function installedByHand() {
  const wanted = JSON.parse(readFileSync(lockFile, 'utf8')).packages;
  const installed = JSON.parse(readFileSync(installedFile, 'utf8')).packages;
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === '' || (optional && !installed[path])) return true;
    return installed[path]?.version === version;
  });
}

function dependenciesAreFresh() {
  if (existsSync(stampFile)) return readFileSync(stampFile, 'utf8') === expectedStamp();
  return existsSync(installedFile) && installedByHand();
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
    const { code } = await npm(['ci'], { env: installationEnvironment() });
    if (code !== 0) throw new Error(`npm ci failed with exit code ${code}`);
  }
  if (!existsSync(stampFile)) writeFileSync(stampFile, expectedStamp());
}
