import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { requireBinary } from './binaries.js';
import { freePort } from './free-port.js';
import type { DatabaseServerOptions } from './postgres.js';
import { ServerProcess, type ServerRecipe } from './server-process.js';

function recipe(durable: boolean, more: readonly string[] = []): ServerRecipe {
  const server = requireBinary('redis-server', 'redis-server');
  return {
    name: 'redis',
    stopSignal: 'SIGTERM',
    command: (directory, port) => ({
      file: server,
      args: [
        ...['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, '--save', ''],
        ...(durable ? ['--appendonly', 'yes', '--appendfsync', 'everysec'] : ['--appendonly', 'no']),
        ...more,
      ],
    }),
    url: (port) => `redis://127.0.0.1:${port}/0`,
    async ask(url) {
      const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 5_000 });
      client.on('error', () => undefined);
      try {
        await client.connect();
        await client.ping();
      } finally {
        client.disconnect();
      }
    },
  };
}

/** Starts a real Redis. With `durable` its data survive a restart (append-only file), else they do not. */
export function startRedis(options: DatabaseServerOptions = {}): Promise<ServerProcess> {
  return ServerProcess.start(recipe(options.durable ?? false), options);
}

const slots = 16_384;

/** Starts real Redis servers that share the slots of one cluster. */
export async function startRedisCluster(nodes = 3): Promise<readonly ServerProcess[]> {
  const servers: ServerProcess[] = [];
  const busPorts: number[] = [];
  for (let node = 0; node < nodes; node += 1) {
    const busPort = await freePort();
    const settings = ['--cluster-enabled', 'yes', '--cluster-port', String(busPort), '--cluster-node-timeout', '2000'];
    busPorts.push(busPort);
    servers.push(await ServerProcess.start(recipe(false, settings)));
  }
  const clients = servers.map(({ url }) => new Redis(url));
  const range = (node: number): number => Math.floor((slots * node) / nodes);
  for (const [node, client] of clients.entries()) {
    await client.call('CLUSTER', 'ADDSLOTSRANGE', range(node), range(node + 1) - 1);
    await client.call('CLUSTER', 'MEET', '127.0.0.1', servers[0]?.port ?? 0, busPorts[0] ?? 0);
  }
  await Promise.all(clients.map(untilComplete));
  for (const client of clients) client.disconnect();
  return servers;
}

/** Until a node knows who serves each slot. */
async function untilComplete(client: Redis): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!(await client.cluster('INFO')).includes('cluster_state:ok')) {
    if (performance.now() > deadline) throw new Error('the nodes of the Redis cluster did not find each other');
    await sleep(50);
  }
}
