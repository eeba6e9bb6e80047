import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { run } from './run.mjs';
import { loadServers } from './test-servers.mjs';

const policyFile = '/usr/sbin/policy-rc.d';

/** While it lasts, Debian's packages install without starting their own system services. */
async function withoutServices(work) {
  if (existsSync(policyFile)) return work();
  writeFileSync(policyFile, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  const remove = () => rmSync(policyFile, { force: true });
  // For an interruption, which ends the process without unwinding this function.
  process.once('exit', remove);
  return work().finally(remove);
}

/**
 * Installs what is missing of the packages, where we are root on Debian or Ubuntu.
 * @param {{ binary: string, debian: string }[]} packages
 * @returns {Promise<{ binary: string, debian: string }[]>} what is missing still
 */
export async function installPackages(packages) {
  const { findBinary } = await loadServers();
  const missing = () => packages.filter(({ binary }) => !findBinary(binary));
  const names = missing().map(({ debian }) => debian);
  if (names.length === 0 || process.getuid?.() !== 0 || !findBinary('apt-get')) return missing();
  console.error(`Installing ${names.join(' ')} ...`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const update = await run('apt-get', ['update', '-q'], { capture: true, env });
  const args = ['install', '-q', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300', ...names];
  const install = await withoutServices(() => run('apt-get', args, { capture: true, env }));
  if (install.code !== 0) console.error(update.output + install.output);
  return missing();
}
