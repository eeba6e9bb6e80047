// What judging every request by the rate limits costs a route that does nothing: requests/s with the limits on and off.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { measure, median, type Load } from './support/load.js';
import type { Report } from './support/report.js';

const callers = 32;
// Many short rounds in turns: other work on the machine then meets both sides alike.
const rounds = 20;
const requestsPerRound = 1_500;
const path = '/bench/noop';
/** Each stays below the limit of 100 in all rounds together. */
const addressCount = 1_000;
const ratioMin = 0.85;

/** A connection that is kept, on which one request waits for its answer at a time. */
class Caller {
  private constructor(private readonly socket: Socket) {}

  static async open(origin: string): Promise<Caller> {
    const socket = connect(Number(new URL(origin).port), '127.0.0.1')
      .setNoDelay(true)
      .setEncoding('latin1');
    await once(socket, 'connect');
    return new Caller(socket);
  }

  /** The status; the body is read and dropped. */
  get(path: string, address: string): Promise<number> {
    return new Promise((resolve, reject) => {
      let text = '';
      const read = (chunk: string): void => {
        text += chunk;
        const head = text.indexOf('\r\n\r\n');
        const length = /\r\ncontent-length: (\d+)/i.exec(text)?.[1];
        if (head < 0 || length === undefined || text.length < head + 4 + Number(length)) return;
        this.socket.off('data', read).off('error', reject);
        resolve(Number(text.slice(9, 12)));
      };
      this.socket.on('data', read).on('error', reject);
      this.socket.write(`GET ${path} HTTP/1.1\r\nHost: bench\r\nX-Forwarded-For: ${address}\r\n\r\n`);
    });
  }

  close(): void {
    this.socket.destroy();
  }
}

interface Figures extends Load {
  cpuMicros: number;
}

class Server {
  private constructor(
    private readonly child: ChildProcess,
    private readonly home: string,
    private readonly callers: readonly Caller[],
  ) {}

  static async start(rateLimitCalls: number): Promise<Server> {
    const home = await mkdtemp(join(tmpdir(), 'simpletuner-bench-'));
    const child = fork(fileURLToPath(new URL('./support/noop-server.js', import.meta.url)), {
      env: {
        PATH: process.env['PATH'],
        SIMPLETUNER_HOME: home,
        SIMPLETUNER_PORT: '0',
        SIMPLETUNER_PUBLIC_PORT: '0',
        RATE_LIMIT_CALLS: String(rateLimitCalls),
      },
    });
    const [origin] = (await once(child, 'message')) as [string];
    return new Server(child, home, await Promise.all(Array.from({ length: callers }, () => Caller.open(origin))));
  }

  /** All callers at once, each sending its next request when the last is answered. */
  load(requests: number): Promise<Load> {
    const idle = [...this.callers];
    return measure(callers, requests, async (index) => {
      const caller = idle.pop();
      if (!caller) throw new Error('more requests at once than callers');
      const network = index % addressCount;
      const status = await caller.get(path, `203.${network >> 8}.${network & 255}.1`);
      idle.push(caller);
      if (status !== 200) throw new Error(`${path} answered ${status}`);
    });
  }

  /** Microseconds of the processor that the server has used so far. */
  async cpuMicros(): Promise<number> {
    const answer = once(this.child, 'message');
    this.child.send('cpu');
    const [micros] = (await answer) as [number];
    return micros;
  }

  async stop(): Promise<void> {
    for (const caller of this.callers) caller.close();
    const ended = once(this.child, 'exit');
    this.child.disconnect();
    await ended;
    await rm(this.home, { recursive: true });
  }
}

interface Side {
  readonly server: Server;
  readonly loads: Load[];
  /** What the server had used before the rounds. */
  cpuMicros: number;
}

async function figuresOf({ server, loads, cpuMicros }: Side): Promise<Figures> {
  return {
    perSecond: median(loads.map((load) => load.perSecond)),
    p99Ms: median(loads.map((load) => load.p99Ms)),
    cpuMicros: ((await server.cpuMicros()) - cpuMicros) / (rounds * requestsPerRound),
  };
}

/** Loads both in turns, and says what one request cost on each side. */
async function compare(guarded: Server, free: Server): Promise<{ guarded: Figures; free: Figures }> {
  const sides: [Side, Side] = [
    { server: guarded, loads: [], cpuMicros: 0 },
    { server: free, loads: [], cpuMicros: 0 },
  ];
  for (const { server } of sides) await server.load(requestsPerRound);
  for (const side of sides) side.cpuMicros = await side.server.cpuMicros();
  for (let round = 0; round < rounds; round += 1) {
    // Whoever goes first in a round goes second in the next.
    for (const side of round % 2 === 0 ? sides : [...sides].reverse()) {
      side.loads.push(await side.server.load(requestsPerRound));
    }
  }
  return { guarded: await figuresOf(sides[0]), free: await figuresOf(sides[1]) };
}

export async function run(report: Report): Promise<void> {
  const servers = [await Server.start(100), await Server.start(0)] as const;
  try {
    const { guarded, free } = await compare(...servers);
    const bar = { of: 'ratio', atLeast: ratioMin } as const;
    report({ figure: 'guard, sqlite: requests', ours: guarded.perSecond, peer: free.perSecond, unit: '/s', bar });
    report({ figure: 'guard, sqlite: 99th percentile', ours: guarded.p99Ms, peer: free.p99Ms, unit: 'ms' });
    report({ figure: 'guard, sqlite: processor', ours: guarded.cpuMicros, peer: free.cpuMicros, unit: 'µs' });
  } finally {
    for (const server of servers) await server.stop();
  }
}
