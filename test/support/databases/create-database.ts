import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import mysql from 'mysql2/promise';
import pg from 'pg';

export type DatabaseKind = 'sqlite' | 'postgres' | 'mysql';

export interface TestDatabase {
  url: string;
  /** Ends every session in the database and deletes it. */
  drop(): Promise<void>;
}

const variables = { postgres: 'TEST_POSTGRES_URL', mysql: 'TEST_MYSQL_URL', redis: 'TEST_REDIS_URL' } as const;

/** Where the shared server of the test run answers. */
export function serverUrl(kind: keyof typeof variables): string {
  const url = process.env[variables[kind]];
  if (url) return url;
  throw new Error(`${variables[kind]} is not set; eval "$(node scripts/test-servers.mjs start)" starts the servers`);
}

function withDatabase(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

async function onPostgres(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl('postgres') });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}

async function onMysql(statement: string): Promise<void> {
  const connection = await mysql.createConnection({ uri: serverUrl('mysql') });
  await connection.query(statement).finally(() => connection.end());
}

const create: Record<DatabaseKind, (name: string) => Promise<TestDatabase>> = {
  async sqlite() {
    const directory = await mkdtemp(join(tmpdir(), `simpletuner-test-${process.pid}-sqlite-`));
    const drop = (): Promise<void> => rm(directory, { recursive: true, force: true });
    return { url: `sqlite://${join(directory, 'jobs.db')}`, drop };
  },
  async postgres(name) {
    await onPostgres(`CREATE DATABASE ${name}`);
    const drop = (): Promise<void> => onPostgres(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    return { url: withDatabase(serverUrl('postgres'), name), drop };
  },
  async mysql(name) {
    await onMysql(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
    const drop = (): Promise<void> => onMysql(`DROP DATABASE IF EXISTS ${name}`);
    return { url: withDatabase(serverUrl('mysql'), name), drop };
  },
};

function freshName(): string {
  return `t${randomUUID().replaceAll('-', '')}`;
}

/** Creates an empty database of its own in the shared server, or an SQLite file in a directory of its own. */
export function createDatabase(kind: DatabaseKind): Promise<TestDatabase> {
  return create[kind](freshName());
}

export interface RedisSpace extends TestDatabase {
  /** Only keys and channels below it may be used; `drop` deletes these keys. */
  prefix: string;
}

/** A key prefix of its own in the shared Redis, whose sixteen databases would not suffice for all suites. */
export function createRedisSpace(): RedisSpace {
  const url = serverUrl('redis');
  const prefix = `${freshName()}:`;
  const drop = async (): Promise<void> => {
    const client = new Redis(url);
    try {
      for await (const keys of client.scanStream({ match: `${prefix}*`, count: 1_000 })) {
        if ((keys as string[]).length > 0) await client.unlink(keys as string[]);
      }
    } finally {
      client.disconnect();
    }
  };
  return { url, prefix, drop };
}
