// @ts-check
import { spawn } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from '../lib/root.mjs';

const READY_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 20_000;
const POLL_MS = 50;
const LOG_LINES_SHOWN = 20;

/** A server of the demo's own, with a home that nobody else uses. */
export class DemoServer {
  /**
   * @param {import('node:child_process').ChildProcess} child
   * @param {string} home
   */
  constructor(child, home) {
    this.child = child;
    this.home = home;
    this.logFile = join(home, 'server.log');
    this.origin = '';
    this.exited = new Promise((resolve) => child.once('exit', resolve));
  }

  /** Starts it on a free port and waits until it is ready. */
  static async start() {
    const home = await mkdtemp(join(tmpdir(), 'simpletuner-demo-'));
    const child = spawn(process.execPath, [join(root, 'dist/src/main.js')], {
      cwd: root,
      env: environment(home),
      // Ctrl-C reaches a whole process group; the server must still be there to cancel the job.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const server = new DemoServer(child, home);
    try {
      await server.#whenReady();
    } catch (error) {
      const log = server.lastLines();
      await server.stop();
      await server.removeHome();
      throw new Error(`The server did not become ready: ${String(error)}\n${log}`, { cause: error });
    }
    return server;
  }

  get isRunning() {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** The end of the server's log, for when something went wrong. */
  lastLines() {
    try {
      return readFileSync(this.logFile, 'utf8').trimEnd().split('\n').slice(-LOG_LINES_SHOWN).join('\n');
    } catch {
      return '(no log)';
    }
  }

  /** Ends it in an orderly way, and by force when it takes too long. @returns {Promise<void>} */
  async stop() {
    if (!this.isRunning) return;
    this.child.kill('SIGTERM');
    const patience = new AbortController();
    const late = sleep(STOP_TIMEOUT_MS, 'late', { signal: patience.signal }).catch(() => undefined);
    if ((await Promise.race([this.exited, late])) === 'late') {
      this.child.kill('SIGKILL');
      await this.exited;
    }
    patience.abort();
  }

  removeHome() {
    return rm(this.home, { recursive: true, force: true });
  }

  async #whenReady() {
    const log = createWriteStream(this.logFile);
    let output = '';
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (/** @type {Buffer} */ chunk) => {
        log.write(chunk);
        if (!this.origin) this.origin = announcedOrigin((output += chunk.toString()));
      });
    }
    const deadline = performance.now() + READY_TIMEOUT_MS;
    while (!(await this.#isReady())) {
      if (!this.isRunning) throw new Error(`it ended with exit code ${String(this.child.exitCode)}`);
      if (performance.now() > deadline) throw new Error(`not within ${String(READY_TIMEOUT_MS / 1000)} s`);
      await sleep(POLL_MS);
    }
  }

  async #isReady() {
    if (!this.origin) return false;
    return fetch(`${this.origin}/api/cloud/health/ready`).then(
      (response) => response.ok,
      () => false,
    );
  }
}

/**
 * Only what the server needs: the caller's own SimpleTuner settings must not turn the demo into something else.
 * @param {string} home
 */
function environment(home) {
  return {
    PATH: process.env['PATH'],
    HOME: home,
    SIMPLETUNER_HOME: home,
    SIMPLETUNER_PORT: '0',
    SIMPLETUNER_PUBLIC_PORT: '0',
    SIMPLETUNER_DRAIN_SECONDS: '0',
  };
}

/**
 * The address of the ops listener: it took any free port and says which.
 * @param {string} output
 */
function announcedOrigin(output) {
  const line = output.split('\n').find((text) => text.includes('"Server started"') && text.endsWith('}'));
  return line === undefined ? '' : String(JSON.parse(line).extra.ops);
}
