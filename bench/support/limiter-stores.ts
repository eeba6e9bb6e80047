import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite from 'better-sqlite3';
import { Redis } from 'ioredis';
import mysql from 'mysql2';
import pg from 'pg';
import limiters from 'rate-limiter-flexible';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import type { StateBackendOptions } from '#libs/state';
import { startMariaDb, startPostgres, startRedis } from '../../test/support/servers.js';

export const poolSize = 10;

interface PeerOptions {
  readonly points: number;
  readonly duration: number;
  readonly keyPrefix: string;
}

/** The other limiter on the same store. */
export interface Peer {
  /** Whether the hit was allowed. */
  readonly consume: (key: string) => Promise<boolean>;
  readonly exhaust: (key: string, points: number) => Promise<void>;
  close(): Promise<void>;
}

/** A real store of its own, ours and the peer's way into it, and how fast ours has to be. */
export interface LimiterStore {
  readonly name: string;
  readonly backend: Pick<StateBackendOptions, 'kind' | 'url'>;
  readonly hitsPerRound: number;
  /** Bar of ours / peer's hits per second. */
  readonly ratioMin: number;
  /** Puts keys `address:<from>` up to `<to>` there at once, where a million hits would take minutes. */
  readonly fill?: (from: number, to: number) => Promise<void>;
  peer(options: PeerOptions): Promise<Peer>;
  remove(): Promise<void>;
}

function peerOf(limiter: RateLimiterAbstract, close: () => Promise<void>): Peer {
  return {
    consume: (key) =>
      limiter.consume(key).then(
        () => true,
        (refusal: unknown) => {
          if (refusal instanceof Error) throw refusal;
          return false;
        },
      ),
    exhaust: async (key, points) => {
      await limiter.penalty(key, points + 1);
    },
    close,
  };
}

/** A limiter on SQL creates its table first. */
function whenReady<Limiter>(create: (ready: (error?: Error) => void) => Limiter): Promise<Limiter> {
  return new Promise((resolve, reject) => {
    const limiter = create((error) => (error ? reject(error) : setImmediate(() => resolve(limiter))));
  });
}

async function fillMariaDb(url: string, from: number, to: number): Promise<void> {
  const connection = mysql.createConnection(url).promise();
  const now = 'FLOOR(UNIX_TIMESTAMP(SYSDATE(3)) * 1000)';
  await connection.query(
    `INSERT INTO state_windows SELECT CONCAT('st:address:', seq), CONCAT('[', ${now}, ']'), 1, ${now}, ${now}, ${now} + 7200000
     FROM seq_${from}_to_${to - 1}`,
  );
  await connection.end();
}

const stores: Record<string, () => Promise<LimiterStore>> = {
  async sqlite() {
    const directory = await mkdtemp(join(tmpdir(), 'simpletuner-bench-'));
    return {
      name: 'sqlite',
      backend: { kind: 'sqlite', url: `sqlite://${join(directory, 'state.db')}` },
      hitsPerRound: 15_000,
      ratioMin: 1.3,
      peer: async (options) => {
        const database = new BetterSqlite(join(directory, 'peer.db'));
        database.pragma('journal_mode = WAL');
        database.pragma('synchronous = NORMAL');
        const settings = { ...options, storeClient: database, storeType: 'better-sqlite3', tableName: 'peer' };
        const limiter = await whenReady((ready) => new limiters.RateLimiterSQLite(settings, ready));
        return peerOf(limiter, async () => void database.close());
      },
      remove: () => rm(directory, { recursive: true }),
    };
  },
  async redis() {
    const server = await startRedis();
    return {
      name: 'redis',
      backend: { kind: 'redis', url: server.url },
      hitsPerRound: 15_000,
      ratioMin: 1,
      peer: async (options) => {
        const redis = new Redis(server.url);
        return peerOf(new limiters.RateLimiterRedis({ ...options, storeClient: redis }), async () =>
          redis.disconnect(),
        );
      },
      remove: () => server.remove(),
    };
  },
  async postgresql() {
    const server = await startPostgres();
    return {
      name: 'postgresql',
      backend: { kind: 'postgresql', url: server.url },
      hitsPerRound: 8_000,
      ratioMin: 1.3,
      peer: async (options) => {
        const pool = new pg.Pool({ connectionString: server.url, max: poolSize });
        // The server ends before the last connection has said goodbye.
        pool.on('error', () => undefined);
        const settings = { ...options, storeClient: pool, tableName: 'peer' };
        const limiter = await whenReady((ready) => new limiters.RateLimiterPostgres(settings, ready));
        return peerOf(limiter, () => pool.end());
      },
      remove: () => server.remove(),
    };
  },
  async mysql() {
    const server = await startMariaDb();
    return {
      name: 'mariadb',
      backend: { kind: 'mysql', url: server.url },
      hitsPerRound: 5_000,
      ratioMin: 1,
      fill: (from, to) => fillMariaDb(server.url, from, to),
      peer: async (options) => {
        const pool = mysql.createPool({ uri: server.url, connectionLimit: poolSize });
        const settings = {
          ...options,
          storeClient: pool,
          dbName: new URL(server.url).pathname.slice(1),
          tableName: 'peer',
        };
        const limiter = await whenReady((ready) => new limiters.RateLimiterMySQL(settings, ready));
        return peerOf(limiter, async () => pool.end());
      },
      remove: () => server.remove(),
    };
  },
};

/** Starts them one by one, so that each has the machine for itself. */
export function openLimiterStores(names = Object.keys(stores)): (() => Promise<LimiterStore>)[] {
  return names.map((name) => {
    const open = stores[name];
    if (!open) throw new Error(`There is no store ${name}; there are ${Object.keys(stores).join(', ')}`);
    return open;
  });
}
