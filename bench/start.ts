// Time from the start of the process, and of `npm start`, to the first 200 of /ready, and memory at rest, against a bare Node http server.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../test/support/servers.js';
import { median } from './support/load.js';
import type { Report } from './support/report.js';

const starts = 5;
const restMs = 5_000;
const readyTimeoutMs = 60_000;
const readyPath = '/api/cloud/health/ready';
const peerScript = `require('http').createServer((_, response) => response.end('ready')).listen(Number(process.argv[1]), '127.0.0.1')`;

interface Start {
  readonly readySeconds: number;
  readonly restingMiB: number;
}

/** Runs `command`, asks until it is ready, and (when wanted) lets it rest before its memory is read. */
async function measureStart(
  [program = '', ...args]: readonly string[],
  env: Record<string, string>,
  port: number,
  isResting: boolean,
): Promise<Start> {
  const startedMs = performance.now();
  // A group of its own: npm does not pass SIGKILL on.
  const child = spawn(program, args, { env, stdio: 'ignore', detached: true });
  try {
    await whenReady(child, port);
    const readySeconds = (performance.now() - startedMs) / 1_000;
    if (isResting) await sleep(restMs);
    return { readySeconds, restingMiB: residentMiB(child) };
  } finally {
    const ended = once(child, 'exit');
    process.kill(-(child.pid ?? 0), 'SIGKILL');
    await ended;
  }
}

async function whenReady(child: ChildProcess, port: number): Promise<void> {
  const deadlineMs = performance.now() + readyTimeoutMs;
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}${readyPath}`).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.ok) return;
    if (child.exitCode !== null || performance.now() > deadlineMs) throw new Error('The server did not become ready');
    await sleep(5);
  }
}

function residentMiB(child: ChildProcess): number {
  const status = readFileSync(`/proc/${String(child.pid)}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1_024;
}

const server = [process.execPath, '--max-semi-space-size=4', 'dist/src/main.js'];

async function startOurs(home: string, isResting: boolean, command = server): Promise<Start> {
  const port = await freePort();
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    SIMPLETUNER_HOME: home,
    SIMPLETUNER_PORT: String(port),
    SIMPLETUNER_PUBLIC_PORT: '0',
  };
  return measureStart(command, env, port, isResting);
}

async function startPeer(isResting: boolean): Promise<Start> {
  const port = await freePort();
  return measureStart(
    [process.execPath, '-e', peerScript, String(port)],
    { PATH: process.env['PATH'] ?? '' },
    port,
    isResting,
  );
}

/** Takes turns, so that both meet the same weather; the first start of a home creates its database. */
export async function run(report: Report): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'simpletuner-bench-'));
  try {
    const first = await startOurs(home, false);
    const ours: Start[] = [];
    const npmStart: Start[] = [];
    const peer: Start[] = [];
    for (let round = 0; round < starts; round += 1) {
      ours.push(await startOurs(home, round === starts - 1));
      npmStart.push(await startOurs(home, false, ['npm', 'start']));
      peer.push(await startPeer(round === starts - 1));
    }
    const ready = (side: Start[]): number => median(side.map(({ readySeconds }) => readySeconds));
    const bar = { of: 'ours', atMost: 1.5 } as const;
    report({ figure: 'ready, new home', ours: first.readySeconds, unit: 's' });
    report({ figure: 'ready', ours: ready(ours), peer: ready(peer), unit: 's', bar });
    report({ figure: 'npm start, ready', ours: ready(npmStart), unit: 's', bar: { of: 'ours', atMost: 2 } });
    const resting = (side: Start[]): number => side.at(-1)?.restingMiB ?? NaN;
    report({
      figure: 'memory at rest',
      ours: resting(ours),
      peer: resting(peer),
      unit: 'MiB',
      bar: { of: 'ours', atMost: 150 },
    });
  } finally {
    rmSync(home, { recursive: true });
  }
}
