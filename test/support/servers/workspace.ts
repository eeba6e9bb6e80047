import { chownSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from './process-tree.js';

export interface Account {
  uid: number;
  gid: number;
}

/**
 * Who servers run as: PostgreSQL refuses to be root and MariaDB should not be.
 * undefined = we are an ordinary user already, and servers run as ourselves.
 */
export function unprivilegedAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith('nobody:'));
  const [, , uid, gid] = line?.split(':') ?? [];
  if (!uid || !gid) throw new Error('Servers must not run as root, and this system has no account "nobody"');
  return { uid: Number(uid), gid: Number(gid) };
}

const prefix = 'simpletuner-test-';

/** A new directory for one server, named after its owner (0: none), so that `sweepWorkspaces` sees when it is abandoned. */
export function createWorkspace(name: string, ownerPid: number): string {
  const directory = mkdtempSync(join(tmpdir(), `${prefix}${ownerPid}-${name}-`));
  const account = unprivilegedAccount();
  if (account) chownSync(directory, account.uid, account.gid);
  return directory;
}

export function removeWorkspace(directory: string): void {
  rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

/** Removes the directories of test runs that were killed before they could do it. */
export function sweepWorkspaces(): void {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(prefix))) {
    const owner = Number(name.slice(prefix.length).split('-')[0]);
    if (!(owner > 0) || isAlive(owner)) continue;
    try {
      removeWorkspace(join(tmpdir(), name));
    } catch {
      // It belongs to another account of this machine, whose next run removes it.
    }
  }
}
