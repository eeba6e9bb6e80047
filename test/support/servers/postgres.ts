import { dirname, join } from 'node:path';
import pg from 'pg';
import { requireBinary } from './binaries.js';
import { runAsServer, ServerProcess, type ServerOptions, type ServerRecipe } from './server-process.js';

export interface DatabaseServerOptions extends ServerOptions {
  /** Wait for the disk on commit, as in production: for benches and power-cut tests. Default false: faster tests. */
  durable?: boolean;
}

const fastSettings = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];
const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200', 'timezone=UTC'];

function recipe(durable: boolean): ServerRecipe {
  const postgres = requireBinary('postgres', 'postgresql');
  return {
    name: 'postgres',
    stopSignal: 'SIGINT',
    async prepare(directory) {
      const args = ['-D', join(directory, 'data'), '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '-N'];
      await runAsServer({ file: join(dirname(postgres), 'initdb'), args }, directory);
    },
    command: (directory, port) => ({
      file: postgres,
      args: [
        ...['-D', join(directory, 'data'), '-p', String(port)],
        ...[...settings, ...(durable ? [] : fastSettings)].flatMap((setting) => ['-c', setting]),
      ],
    }),
    url: (port) => `postgres://postgres:postgres@127.0.0.1:${port}/postgres`,
    async ask(url) {
      const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
      client.on('error', () => undefined);
      try {
        await client.connect();
        await client.query('select 1');
      } finally {
        await client.end().catch(() => undefined);
      }
    },
  };
}

/** Starts a real PostgreSQL with an empty cluster. The account of the URL may create databases. */
export function startPostgres(options: DatabaseServerOptions = {}): Promise<ServerProcess> {
  return ServerProcess.start(recipe(options.durable ?? false), options);
}
