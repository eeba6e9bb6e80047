import { spawn, execFile, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { findBinary } from './binaries.js';
import { freePort } from './free-port.js';
import { isAlive, processTree, signalProcess } from './process-tree.js';
import { createWorkspace, removeWorkspace, sweepWorkspaces, unprivilegedAccount } from './workspace.js';

export interface Command {
  file: string;
  args: string[];
}

/** What differs from one kind of server to the next. */
export interface ServerRecipe {
  name: string;
  /** Runs once in the empty directory, before the first start. */
  prepare?(directory: string): Promise<void>;
  command(directory: string, port: number): Command;
  url(port: number): string;
  /** Resolves when the server answers a question of its protocol; rejects while it does not. */
  ask(url: string): Promise<void>;
  stopSignal: NodeJS.Signals;
}

export interface ServerOptions {
  /** Survive the process that started it (for scripts/test-servers.mjs). Default: no server outlives its starter. */
  detached?: boolean;
}

const startTimeoutMs = 60_000;
const stopTimeoutMs = 15_000;
const running = new Set<ServerProcess>();

process.on('exit', () => {
  for (const server of running) server.abandon();
});

/** Runs a program to its end as the account servers run as. Throws with its output when it fails. */
export async function runAsServer(command: Command, directory: string): Promise<void> {
  try {
    await promisify(execFile)(command.file, command.args, {
      cwd: directory,
      env: serverEnvironment(directory),
      ...unprivilegedAccount(),
    });
  } catch (error) {
    const output = error as { stdout?: string; stderr?: string };
    throw new Error(`${command.file} failed:\n${output.stdout ?? ''}${output.stderr ?? ''}`, { cause: error });
  }
}

function serverEnvironment(directory: string): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HOME: directory, TMPDIR: directory, TZ: 'UTC', LC_ALL: 'C' };
}

/** The kernel kills the server when its starter dies by SIGKILL, where there is a setpriv (Linux) to ask for it. */
function endWithParent(command: Command): Command {
  const setpriv = process.platform === 'linux' ? findBinary('setpriv') : undefined;
  if (!setpriv) return command;
  return { file: setpriv, args: ['--pdeathsig', 'KILL', command.file, ...command.args] };
}

/** A real server of this machine in a directory of its own, on a free port, as an unprivileged account. */
export class ServerProcess {
  private child: ChildProcess | undefined;
  private frozen: number[] = [];

  private constructor(
    private readonly recipe: ServerRecipe,
    private readonly options: ServerOptions,
    readonly directory: string,
    readonly port: number,
  ) {}

  static async start(recipe: ServerRecipe, options: ServerOptions = {}): Promise<ServerProcess> {
    sweepWorkspaces();
    const directory = createWorkspace(recipe.name, options.detached ? 0 : process.pid);
    try {
      await recipe.prepare?.(directory);
      const server = new ServerProcess(recipe, options, directory, await freePort());
      await server.launch();
      return server;
    } catch (error) {
      removeWorkspace(directory);
      throw error;
    }
  }

  get url(): string {
    return this.recipe.url(this.port);
  }

  get pid(): number {
    if (this.child?.pid === undefined) throw new Error(`${this.recipe.name} is not running`);
    return this.child.pid;
  }

  /** Everything the server has written to its output. */
  log(): string {
    return readFileSync(join(this.directory, 'server.log'), 'utf8');
  }

  /** Ends the process in an orderly way; data and port stay, so `restart` brings it back. Harmless when it is stopped. */
  async stop(): Promise<void> {
    await this.end(this.recipe.stopSignal);
  }

  /** Ends the process as a power cut would. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Stops the server if it runs and starts it again with the same data on the same port. */
  async restart(): Promise<void> {
    await this.stop();
    await this.launch();
  }

  /** Leaves connections open but unanswered, as a hung machine would. */
  freeze(): void {
    this.frozen = processTree(this.pid);
    for (const pid of this.frozen) signalProcess(pid, 'SIGSTOP');
  }

  thaw(): void {
    for (const pid of this.frozen.splice(0)) signalProcess(pid, 'SIGCONT');
  }

  /** Stops the server and deletes its data. What is not removed by then goes when this process exits. */
  async remove(): Promise<void> {
    await this.stop();
    removeWorkspace(this.directory);
    running.delete(this);
  }

  /** For the exit of this process, when nothing can be waited for. */
  abandon(): void {
    if (this.options.detached) return;
    if (this.child?.pid !== undefined) for (const pid of processTree(this.child.pid)) signalProcess(pid, 'SIGKILL');
    removeWorkspace(this.directory);
  }

  private async launch(): Promise<void> {
    const plain = this.recipe.command(this.directory, this.port);
    const command = this.options.detached ? plain : endWithParent(plain);
    const log = openSync(join(this.directory, 'server.log'), 'a');
    const child = spawn(command.file, command.args, {
      cwd: this.directory,
      env: serverEnvironment(this.directory),
      stdio: ['ignore', log, log],
      // A group of its own: Ctrl-C reaches the test run, which then ends its servers in order.
      detached: true,
      ...unprivilegedAccount(),
    });
    closeSync(log);
    child.once('error', () => undefined);
    child.once('exit', () => {
      if (this.child === child) this.child = undefined;
    });
    child.unref();
    this.child = child;
    running.add(this);
    await this.untilReady(child);
  }

  private async untilReady(child: ChildProcess): Promise<void> {
    const deadline = performance.now() + startTimeoutMs;
    let failure: unknown;
    while (performance.now() < deadline) {
      if (this.child !== child || child.pid === undefined) break;
      try {
        await this.recipe.ask(this.url);
        return;
      } catch (error) {
        failure = error;
        await sleep(25);
      }
    }
    await this.kill();
    throw new Error(`${this.recipe.name} did not start (${String(failure)}):\n${this.log().slice(0, 4_000)}`);
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    this.thaw();
    const pid = this.child?.pid;
    if (pid === undefined) return;
    const tree = processTree(pid);
    signalProcess(pid, signal);
    const deadline = performance.now() + stopTimeoutMs;
    while (this.child?.pid === pid && performance.now() < deadline) await sleep(5);
    for (const member of tree) if (isAlive(member)) signalProcess(member, 'SIGKILL');
    while (this.child?.pid === pid) await sleep(5);
  }
}
