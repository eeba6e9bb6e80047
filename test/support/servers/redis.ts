import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis, type RedisOptions } from 'ioredis';
import { authorityPem, localhostKeyPem, localhostPem } from '../certificates.js';
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
    ask: (url) => ask(url),
  };
}

async function ask(url: string, options: RedisOptions = {}): Promise<void> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 5_000, ...options });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.ping();
  } finally {
    client.disconnect();
  }
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

/** Starts a cluster of one node that speaks TLS only, with a certificate for the name `localhost` and no address. */
export async function startTlsRedisCluster(): Promise<ServerProcess> {
  const busPort = await freePort();
  const certificate = ['--tls-cert-file', 'cert.pem', '--tls-key-file', 'key.pem', '--tls-ca-cert-file', 'ca.pem'];
  const cluster = ['--cluster-enabled', 'yes', '--tls-cluster', 'yes', '--cluster-port', String(busPort)];
  const name = ['--cluster-announce-hostname', 'localhost', '--cluster-preferred-endpoint-type', 'hostname'];
  const settings = [...certificate, '--tls-auth-clients', 'no', ...cluster, ...name];
  const trust = { tls: { ca: authorityPem } };
  const server = await ServerProcess.start({
    ...recipe(false),
    async prepare(directory) {
      const files = { 'cert.pem': localhostPem, 'key.pem': localhostKeyPem, 'ca.pem': authorityPem };
      for (const [file, text] of Object.entries(files)) await writeFile(join(directory, file), text);
    },
    // Port 0: nothing listens without TLS.
    command: (directory, port) => recipe(false, [...settings, '--tls-port', String(port)]).command(directory, 0),
    url: (port) => `rediss://localhost:${port}/0`,
    ask: (url) => ask(url, trust),
  });
  const client = new Redis(server.url, trust);
  await client.call('CLUSTER', 'ADDSLOTSRANGE', 0, slots - 1);
  await untilComplete(client);
  client.disconnect();
  return server;
}

/** Until a node knows who serves each slot. */
async function untilComplete(client: Redis): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!(await client.cluster('INFO')).includes('cluster_state:ok')) {
    if (performance.now() > deadline) throw new Error('the nodes of the Redis cluster did not find each other');
    await sleep(50);
  }
}
