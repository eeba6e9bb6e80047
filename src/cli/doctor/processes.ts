import { readdir, readFile, readlink } from 'node:fs/promises';

/** A program that runs on this machine. */
export interface FoundProcess {
  readonly pid: number;
  readonly command: string;
}

const LISTENING = '0A';

/** Processes that have one of the files open, as `fuser` tells them; those of other users are seen by root alone. */
export function holdersOf(files: readonly string[]): Promise<FoundProcess[]> {
  return withOpenFile((target) => files.includes(target));
}

/** Who listens at the TCP port; empty where nobody does or it cannot be seen. */
export async function listenersAt(port: number): Promise<FoundProcess[]> {
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readFile(file, 'utf8').catch(() => '')),
  );
  const inodes = tables
    .flatMap((table) => table.split('\n').slice(1))
    .flatMap((line) => {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
      return state === LISTENING && Number.parseInt(local.split(':')[1] ?? '', 16) === port
        ? [`socket:[${inode}]`]
        : [];
    });
  return inodes.length === 0 ? [] : withOpenFile((target) => inodes.includes(target));
}

/** The first running program of one of these names. */
export async function runningProgram(names: readonly string[]): Promise<FoundProcess | undefined> {
  const processes = await Promise.all((await pids()).map(describe));
  return processes.find(({ command }) => names.includes(command.split(' ')[0]?.split('/').at(-1) ?? ''));
}

export function named(processes: readonly FoundProcess[]): string {
  return processes.map(({ pid, command }) => `${command} (pid ${pid})`).join(', ');
}

async function withOpenFile(isIt: (target: string) => boolean): Promise<FoundProcess[]> {
  const found: FoundProcess[] = [];
  for (const pid of await pids()) {
    const folder = `/proc/${pid}/fd`;
    const links = await readdir(folder).catch(() => []);
    const targets = await Promise.all(links.map((link) => readlink(`${folder}/${link}`).catch(() => '')));
    if (targets.some(isIt)) found.push(await describe(pid));
  }
  return found;
}

async function pids(): Promise<number[]> {
  return (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name)).map(Number);
}

async function describe(pid: number): Promise<FoundProcess> {
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  const [program = '', ...rest] = line.split('\0').filter(Boolean);
  const script = rest.find((word) => !word.startsWith('-'));
  const name = program.split('/').at(-1) ?? program;
  return { pid, command: script === undefined ? name : `${name} ${script.slice(0, 80)}` };
}
