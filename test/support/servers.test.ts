import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { Redis } from 'ioredis';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { isAlive, processTree, signalProcess, startMariaDb, startPostgres, startRedis } from './servers.js';

const toRemove: { remove(): Promise<unknown> }[] = [];
afterAll(() => Promise.all(toRemove.map((server) => server.remove())));

describe('a test server', () => {
  it('PostgreSQL keeps port and data over a stop and a power cut, and removes its traces', async () => {
    const server = await startPostgres({ durable: true });
    toRemove.push(server);
    const ask = async (sql: string): Promise<unknown[]> => {
      const client = new pg.Client({ connectionString: server.url });
      await client.connect();
      return (await client.query(sql).finally(() => client.end())).rows as unknown[];
    };
    await ask('create table note (text varchar(10))');
    await ask(`insert into note values ('one')`);
    const { port, pid } = server;
    await server.kill();
    await expect(ask('select 1')).rejects.toThrow('ECONNREFUSED');
    await server.restart();
    expect(server.port).toBe(port);
    expect(server.pid).not.toBe(pid);
    expect(await ask('select text from note')).toEqual([{ text: 'one' }]);
    const tree = processTree(server.pid);
    expect(tree.length).toBeGreaterThan(3);
    await server.remove();
    await vi.waitUntil(() => !tree.some(isAlive));
    expect(existsSync(server.directory)).toBe(false);
  });

  it('MariaDB keeps its data over a restart', async () => {
    const server = await startMariaDb();
    toRemove.push(server);
    const ask = async (sql: string): Promise<unknown> => {
      const connection = await mysql.createConnection({ uri: server.url, multipleStatements: true });
      return (await connection.query(sql).finally(() => connection.end()))[0];
    };
    await ask(
      `create database notes; create table notes.note (text varchar(10)); insert into notes.note values ('🚀')`,
    );
    await server.restart();
    expect(await ask('select text from notes.note')).toEqual([{ text: '🚀' }]);
  });

  it('answers nothing while frozen and everything once thawed', async () => {
    const server = await startRedis();
    toRemove.push(server);
    const client = new Redis(server.url);
    toRemove.push({ remove: async () => client.disconnect() });
    await client.set('key', 'before');
    server.freeze();
    const answer = client.get('key');
    const impatient = new Redis(server.url, { commandTimeout: 300, maxRetriesPerRequest: null });
    toRemove.push({ remove: async () => impatient.disconnect() });
    await expect(impatient.ping()).rejects.toThrow('Command timed out');
    server.thaw();
    expect(await answer).toBe('before');
  });

  it('dies with the process that started it, even when that is killed', async () => {
    const program = `
      const { loadServers } = await import('./scripts/lib/test-servers.mjs');
      const server = await (await loadServers()).startPostgres();
      console.log(server.pid);
      setInterval(() => undefined, 1_000);`;
    const starter = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    toRemove.push({ remove: async () => starter.kill('SIGKILL') });
    const [line] = (await once(starter.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    const tree = processTree(pid);
    expect(isAlive(pid)).toBe(true);
    expect(tree.length).toBeGreaterThan(3);
    signalProcess(starter.pid!, 'SIGKILL');
    await vi.waitUntil(() => !tree.some(isAlive), { timeout: 30_000 });
  });
});
