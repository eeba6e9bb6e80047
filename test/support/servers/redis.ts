import { Redis } from 'ioredis';
import { requireBinary } from './binaries.js';
import type { DatabaseServerOptions } from './postgres.js';
import { ServerProcess, type ServerRecipe } from './server-process.js';

function recipe(durable: boolean): ServerRecipe {
  const server = requireBinary('redis-server', 'redis-server');
  return {
    name: 'redis',
    stopSignal: 'SIGTERM',
    command: (directory, port) => ({
      file: server,
      args: [
        ...['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, '--save', ''],
        ...(durable ? ['--appendonly', 'yes', '--appendfsync', 'everysec'] : ['--appendonly', 'no']),
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
