import { existsSync } from 'node:fs';
import { Redis } from 'ioredis';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { createDatabase, createRedisSpace } from './databases/create-database.js';

describe('a database of a test', () => {
  it('is empty on PostgreSQL, and gone after drop although a session was left open', async () => {
    const database = await createDatabase('postgres');
    const client = new pg.Client({ connectionString: database.url });
    client.on('error', () => undefined);
    await client.connect();
    const tables = `select count(*)::int as count from information_schema.tables where table_schema = 'public'`;
    expect((await client.query(tables)).rows).toEqual([{ count: 0 }]);
    await database.drop();
    await expect(new pg.Client({ connectionString: database.url }).connect()).rejects.toThrow('does not exist');
  });

  it('is empty on MariaDB, and gone after drop', async () => {
    const database = await createDatabase('mysql');
    const connection = await mysql.createConnection({ uri: database.url });
    expect((await connection.query('show tables'))[0]).toEqual([]);
    await connection.end();
    await database.drop();
    await expect(mysql.createConnection({ uri: database.url })).rejects.toThrow('Unknown database');
  });

  it('is a file to be on SQLite, in a directory that goes with it', async () => {
    const database = await createDatabase('sqlite');
    const directory = new URL(database.url).pathname.replace('/jobs.db', '');
    expect(existsSync(directory)).toBe(true);
    await database.drop();
    expect(existsSync(directory)).toBe(false);
  });

  it('is a prefix on Redis, of which nothing stays while others keep theirs', async () => {
    const [one, other] = [createRedisSpace(), createRedisSpace()];
    const client = new Redis(one.url);
    await client.set(`${one.prefix}key`, '1');
    await client.set(`${other.prefix}key`, '1');
    await one.drop();
    expect(await client.exists(`${one.prefix}key`)).toBe(0);
    expect(await client.exists(`${other.prefix}key`)).toBe(1);
    await other.drop();
    client.disconnect();
  });
});
