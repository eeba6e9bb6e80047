// What the line of a request costs: CPU of the server per request with lines (DEBUG) against without (INFO).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../test/support/servers.js';
import { measure, median } from './support/load.js';
import type { Report } from './support/report.js';

const rounds = 15;
const requestsPerRound = 1_000;
const pageRows = 100;
const callers = 8;
const startTimeoutMs = 60_000;
/** Linux counts CPU time in hundredths of a second, whatever the kernel's own clock does. */
const TICK_MS = 10;

const agent = new Agent({ keepAlive: true, maxSockets: callers });

/** What the process and its threads have used so far. */
function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13);
  return (Number(user) + Number(system)) * TICK_MS;
}

function ask(port: number, method: string, path: string, body?: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': body.length };
    request({ host: '127.0.0.1', port, method, path, headers, agent }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
    })
      .once('error', reject)
      .end(body);
  });
}

async function untilReady(port: number): Promise<void> {
  for (const endMs = performance.now() + startTimeoutMs; ;) {
    if ((await ask(port, 'GET', '/api/cloud/health/ready').catch(() => 0)) === 200) return;
    if (performance.now() > endMs) throw new Error('The server did not become ready');
    await sleep(50);
  }
}

async function setLevel(port: number, level: string): Promise<void> {
  const status = await ask(port, 'PUT', '/api/cloud/log-level', JSON.stringify({ level }));
  if (status !== 200) throw new Error(`The level could not be changed: ${status}`);
}

async function cpuPerRequestUs(pid: number, port: number, path: string, level: string): Promise<number> {
  await setLevel(port, level);
  const beforeMs = cpuMs(pid);
  await measure(callers, requestsPerRound, async () => {
    const status = await ask(port, 'GET', path);
    if (status !== 200) throw new Error(`Answered ${status}`);
  });
  return ((cpuMs(pid) - beforeMs) / requestsPerRound) * 1_000;
}

/** In turns in one process, so that both meet the same weather; the first round warms up. */
async function compare(pid: number, port: number, path: string): Promise<{ ours: number; peer: number }> {
  const quietUs: number[] = [];
  const ratios: number[] = [];
  for (let round = -1; round < rounds; round += 1) {
    const quiet = await cpuPerRequestUs(pid, port, path, 'INFO');
    const loud = await cpuPerRequestUs(pid, port, path, 'DEBUG');
    if (round < 0) continue;
    quietUs.push(quiet);
    ratios.push(loud / quiet);
  }
  // Of neighbours, as the weather changes faster than the rounds go by.
  const peer = median(quietUs);
  return { ours: peer * median(ratios), peer };
}

export async function run(report: Report): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'simpletuner-bench-'));
  const port = await freePort();
  // Lines go to a file, as they do in production by way of one or the other collector.
  const output = openSync(join(home, 'stdout.log'), 'a');
  const server = spawn(process.execPath, ['--enable-source-maps', 'dist/src/main.js'], {
    env: {
      PATH: process.env['PATH'],
      HOME: home,
      SIMPLETUNER_HOME: home,
      SIMPLETUNER_PORT: String(port),
      SIMPLETUNER_PUBLIC_PORT: '0',
    },
    stdio: ['ignore', output, 'inherit'],
  });
  try {
    await untilReady(port);
    // Each change of the level is a row.
    for (let row = 0; row < pageRows; row += 1) await setLevel(port, 'INFO');
    const page = await compare(server.pid ?? 0, port, `/api/audit?limit=${pageRows}`);
    report({ figure: `CPU per page of ${pageRows} rows`, ...page, unit: 'µs', bar: { of: 'ratio', atMost: 1.05 } });
    // The least that a request can be; a line is a larger part of that.
    report({ figure: 'CPU per empty page', ...(await compare(server.pid ?? 0, port, '/api/cloud/jobs')), unit: 'µs' });
  } finally {
    server.kill('SIGKILL');
    await once(server, 'exit');
    agent.destroy();
    rmSync(home, { recursive: true });
  }
}
