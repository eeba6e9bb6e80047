import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';

/** Below the ephemeral range (Linux: from 32768), so that no outgoing connection can take the port of a server while it restarts. */
const FIRST_PORT = 20_000;
const BLOCKS = 120;
const BLOCK_PORTS = 100;

/** The first port of the block that this process has to itself. */
let block: Promise<number> | undefined;
let given = 0;

function listen(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

async function canListen(port: number): Promise<boolean> {
  const server = await listen(port);
  if (!server) return false;
  await new Promise((resolve) => server.close(resolve));
  return true;
}

/** Whoever listens on the first port of a block has the others; the operating system frees it when the process ends, however it does. */
async function takeBlock(): Promise<number> {
  const start = randomInt(BLOCKS);
  for (let index = 0; index < BLOCKS; index += 1) {
    const first = FIRST_PORT + ((start + index) % BLOCKS) * BLOCK_PORTS;
    const guard = await listen(first);
    if (!guard) continue;
    guard.unref();
    return first;
  }
  throw new Error(`All ${BLOCKS} blocks of ports from ${FIRST_PORT} on are taken`);
}

/**
 * A TCP port on which nothing listens, and which nobody else is given before the server that it is for has started: neither
 * another suite that runs at the same time, nor a later call.
 */
export async function freePort(): Promise<number> {
  const first = await (block ??= takeBlock());
  for (let attempt = 1; attempt < BLOCK_PORTS; attempt += 1) {
    given = (given % (BLOCK_PORTS - 1)) + 1;
    const port = first + given;
    if (await canListen(port)) return port;
  }
  throw new Error(`No free TCP port from ${first} on`);
}
