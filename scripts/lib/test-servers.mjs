import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { userInfo, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startContainer } from './compose.mjs';
import { importCompiled, transpile } from './transpile.mjs';

/** The servers that suites share: who starts them, and the variable that names a running one. */
export const serverKinds = [
  { variable: 'TEST_POSTGRES_URL', start: 'startPostgres', title: 'PostgreSQL' },
  { variable: 'TEST_MYSQL_URL', start: 'startMariaDb', title: 'MariaDB' },
  { variable: 'TEST_REDIS_URL', start: 'startRedis', title: 'Redis' },
];

let loaded;

/** The exports of test/support/servers.ts. */
export function loadServers() {
  loaded ??= transpile('test/support').then(() => importCompiled('test/support/servers.ts'));
  return loaded;
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

/**
 * Gets one of the shared servers: the URL from the environment, one that was left running, a binary of this machine,
 * or a container. Throws with all reasons and with what to do when none of them works.
 */
export async function provideServer({ variable, start, title }) {
  if (process.env[variable]) return process.env[variable];
  const kept = (await keptServers()).find((server) => server.variable === variable);
  if (kept) return kept.url;
  const servers = await loadServers();
  try {
    return (await servers[start]()).url;
  } catch (noBinary) {
    try {
      return await startContainer(variable);
    } catch (noContainer) {
      throw new Error(
        `No ${title}, which the tests need.\n  This machine: ${noBinary.message}\n  ${noContainer.message}\n` +
          `  Install it, start Docker, or set ${variable} to the URL of a server whose account may create databases.`,
        { cause: noContainer },
      );
    }
  }
}
