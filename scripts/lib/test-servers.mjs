import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { userInfo, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { importCompiled, transpile } from './transpile.mjs';

/** The servers that suites share: who starts them, and the variable that names a running one. */
export const serverKinds = [
  { variable: 'TEST_POSTGRES_URL', start: 'startPostgres', title: 'PostgreSQL' },
  { variable: 'TEST_MYSQL_URL', start: 'startMariaDb', title: 'MariaDB' },
  { variable: 'TEST_REDIS_URL', start: 'startRedis', title: 'Redis' },
];

export async function loadServers() {
  await transpile('test/support');
  return importCompiled('test/support/servers.ts');
}

// Outside of the repository: it describes this machine, not the product.
const stateFile = join(tmpdir(), `simpletuner-kept-servers-${userInfo().uid}.json`);

/** The servers that `start` left running and that still run. */
export async function keptServers() {
  if (!existsSync(stateFile)) return [];
  const { isAlive } = await loadServers();
  const servers = JSON.parse(readFileSync(stateFile, 'utf8'));
  return servers.filter((server) => isAlive(server.pid));
}

/** Starts what is missing of the three servers and leaves them running. */
export async function keepServers() {
  const servers = await loadServers();
  const kept = await keptServers();
  for (const { variable, start } of serverKinds) {
    if (kept.some((server) => server.variable === variable)) continue;
    const { pid, url, directory } = await servers[start]({ detached: true });
    kept.push({ variable, pid, url, directory });
    writeFileSync(stateFile, JSON.stringify(kept), { mode: 0o600 });
  }
  return kept;
}

export async function stopKeptServers() {
  const { isAlive, processTree, signalProcess } = await loadServers();
  for (const { pid, directory } of await keptServers()) {
    const tree = processTree(pid);
    signalProcess(pid, 'SIGINT');
    signalProcess(pid, 'SIGTERM');
    for (let waitedMs = 0; isAlive(pid) && waitedMs < 10_000; waitedMs += 50) await sleep(50);
    for (const member of tree) if (isAlive(member)) signalProcess(member, 'SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  }
  rmSync(stateFile, { force: true });
}
