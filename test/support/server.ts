import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { endChild } from './end-child.js';
import { freePort } from './servers/free-port.js';
import { isAlive, signalProcess } from './servers/process-tree.js';

/** From the root, where tests and benches are started: a bench runs this file from dist/test. */
const MAIN = resolve('dist/src/main.js');
const START_TIMEOUT_MS = 30_000;
/** By then a killed run is gone. */
const KILLED_MS_MAX = 5_000;

export interface ServerOptions {
  /** Variables on top of a minimal environment; a fresh home and free ports unless given. */
  readonly env?: Readonly<Record<string, string>>;
  readonly home?: string;
}

/** A real server process under test; talks to it over HTTP only. */
export class ServerProcess {
  private output = '';

  private constructor(
    private child: ChildProcess,
    private readonly options: ServerOptions,
    readonly home: string,
  ) {}

  /** Origins as the server announced them; the ports stay the same over `restart`. */
  ops = '';
  public = '';

  /** Starts a server and waits until it says that it has started. */
  static async start(options: ServerOptions = {}): Promise<ServerProcess> {
    const home = options.home ?? mkdtempSync(join(tmpdir(), 'simpletuner-test-'));
    // Not one of those that the system gives to anybody: it must still be free when the server starts again.
    const env = { SIMPLETUNER_PORT: String(await freePort()), ...options.env };
    const server = new ServerProcess(spawnServer(home, env), { ...options, env }, home);
    await server.started();
    return server;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Everything the process has written so far. */
  get log(): string {
    return this.output;
  }

  async get(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.ops}${path}`, init);
  }

  async json<T = Record<string, unknown>>(path: string, init: RequestInit = {}): Promise<T> {
    const response = await this.get(path, init);
    return (await response.json()) as T;
  }

  async send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const json: Record<string, string> = body === undefined ? {} : { 'Content-Type': 'application/json' };
    return this.get(path, {
      method,
      headers: { ...json, ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  /** kill -9: nothing of the process gets a chance to tidy up. */
  async kill(): Promise<void> {
    await endChild(this.child, 'SIGKILL');
  }

  /** SIGTERM, and the exit code that follows. */
  async terminate(): Promise<number | null> {
    return endChild(this.child, 'SIGTERM');
  }

  /** Stops the process as it stands: connections stay open, and nothing answers. */
  freeze(): void {
    process.kill(this.pid, 'SIGSTOP');
  }

  thaw(): void {
    process.kill(this.pid, 'SIGCONT');
  }

  /** Starts again on the same home and the same ports, after `kill` or `terminate`. */
  async restart(env: Readonly<Record<string, string>> = {}): Promise<void> {
    const ports = {
      SIMPLETUNER_PORT: portOf(this.ops),
      SIMPLETUNER_PUBLIC_PORT: this.public === '' ? '0' : portOf(this.public),
    };
    this.child = spawnServer(this.home, { ...this.options.env, ...ports, ...env });
    await this.started();
  }

  /** Ends the process, if it still runs, and removes its files. */
  async dispose(): Promise<void> {
    await this.kill();
    await killRuns(this.home);
    // A run that was just being started may still write its first file.
    rmSync(this.home, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }

  private started(): Promise<void> {
    const { child } = this;
    return new Promise((resolve, reject) => {
      const timeout = setTimeout(
        () => reject(new Error(`The server did not start:\n${this.output}`)),
        START_TIMEOUT_MS,
      );
      let seen = '';
      const read = (chunk: Buffer): void => {
        this.output += chunk.toString();
        seen += chunk.toString();
        const line = seen.split('\n').find((text) => text.includes('"Server started"'));
        if (!line?.endsWith('}')) return;
        const { extra } = JSON.parse(line) as { extra: { ops: string; public?: string } };
        this.ops = extra.ops;
        this.public = extra.public ?? '';
        clearTimeout(timeout);
        seen = '';
        child.stdout?.off('data', read);
        child.stdout?.on('data', (more: Buffer) => (this.output += more.toString()));
        resolve();
      };
      child.stdout?.on('data', read);
      child.stderr?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
      child.once('exit', (code) => {
        clearTimeout(timeout);
        reject(new Error(`The server ended with ${code}:\n${this.output}`));
      });
    });
  }
}

/** Runs of the `process` provider outlive their server on purpose; they must not outlive the test. */
async function killRuns(home: string): Promise<void> {
  const root = join(home, 'work', 'process');
  for (const jobId of existsSync(root) ? readdirSync(root) : []) {
    const started = join(root, jobId, 'started');
    if (!existsSync(started) || existsSync(join(root, jobId, 'drained'))) continue;
    const supervisor = Number(readFileSync(started, 'utf8').split('\n')[0]);
    signalProcess(-supervisor, 'SIGKILL');
    for (let waitedMs = 0; isAlive(supervisor) && waitedMs < KILLED_MS_MAX; waitedMs += 5) await pause(5);
  }
}

function spawnServer(home: string, env: Readonly<Record<string, string>>): ChildProcess {
  return spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: home,
      SIMPLETUNER_HOME: home,
      SIMPLETUNER_PUBLIC_PORT: '0',
      SIMPLETUNER_DRAIN_SECONDS: '0',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function portOf(origin: string): string {
  return new URL(origin).port;
}
