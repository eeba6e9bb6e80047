import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DataSource } from 'typeorm';
import { createDataSource } from './data-source.js';
import { Database } from './database.js';

type Told = (error: Error | null) => void;

/** Syncs wait here until a test lets the disk do them. */
const disk = vi.hoisted(() => ({ waiting: [] as ((fault?: Error) => void)[], syncs: 0, numbersLeft: Infinity }));

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const fdatasync = (file: number, told: Told): void => {
    disk.syncs += 1;
    disk.waiting.push((fault) => (fault ? told(fault) : fs.fdatasync(file, told)));
  };
  const openSync: typeof fs.openSync = (path, ...rest) => {
    if (!String(path).endsWith('-wal')) return fs.openSync(path, ...rest);
    if (disk.numbersLeft++ < 0) throw Object.assign(new Error('too many open files'), { code: 'EMFILE' });
    return fs.openSync(path, ...rest);
  };
  return { ...fs, fdatasync, openSync };
});

describe('WriteAheadLog', () => {
  let folder: string;
  let source: DataSource;
  let database: Database;

  beforeEach(async () => {
    Object.assign(disk, { waiting: [], syncs: 0, numbersLeft: Infinity });
    folder = mkdtempSync(join(tmpdir(), 'write-ahead-'));
    const databaseUrl = `sqlite://${folder}/jobs.db`;
    source = await createDataSource(
      { databaseUrl, databasePoolSize: 1 },
      { entities: [], migrations: [] },
    ).initialize();
    await source.query('CREATE TABLE note (text TEXT)');
    database = new Database(source, databaseUrl, true);
  });

  afterEach(async () => {
    await source.destroy();
    rmSync(folder, { recursive: true });
  });

  const write = (text: string): Promise<unknown> =>
    database.transaction((manager) => manager.query('INSERT INTO note VALUES (?)', [text]));
  const read = (how: 'run' | 'peek'): Promise<unknown> =>
    database[how]((manager) => manager.query('SELECT text FROM note ORDER BY rowid'));
  const settled = (promise: Promise<unknown>): { is: boolean } => {
    const state = { is: false };
    promise.catch(() => undefined).finally(() => (state.is = true)); // prettier-ignore
    return state;
  };
  const synced = (count: number): Promise<void> => vi.waitFor(() => expect(disk.syncs).toBe(count));
  const work = (fault?: Error): void => disk.waiting.shift()?.(fault);

  it('answers when the disk has the change, and lets others commit meanwhile, who share the next wait', async () => {
    const first = write('first');
    await synced(1);
    const others = Promise.all([write('second'), write('third')]);
    await vi.waitFor(async () => expect(await read('peek')).toHaveLength(3));
    const [isFirst, areOthers] = [settled(first), settled(others)];
    expect(isFirst.is).toBe(false);
    work();
    await first;
    await synced(2);
    expect(areOthers.is).toBe(false);
    work();
    await others;
    expect(disk.syncs).toBe(2);
  });

  it('tells nobody what a power cut could still take back, unless he only peeks', async () => {
    const written = write('a note');
    await synced(1);
    expect(await read('peek')).toEqual([{ text: 'a note' }]);
    const told = read('run');
    const refused = database.run((manager) => manager.query('INSERT INTO note SELECT nonsense FROM note'));
    const [isTold, isRefused] = [settled(told), settled(refused)];
    await read('peek');
    expect([isTold.is, isRefused.is]).toEqual([false, false]);
    work();
    await written;
    expect(await told).toEqual([{ text: 'a note' }]);
    await expect(refused).rejects.toThrow('nonsense');
  });

  it('does not wait where nothing was changed or all of it was taken back', async () => {
    await database.transaction((manager) => manager.query('SELECT 1'));
    await expect(database.transaction(() => Promise.reject(new Error('taken back')))).rejects.toThrow('taken back');
    expect(disk.syncs).toBe(0);
  });

  it('comes again while no file can be opened, which loses nothing', async () => {
    disk.numbersLeft = -2;
    const written = write('a note');
    await synced(1);
    expect(disk.numbersLeft).toBe(1);
    work();
    await written;
  });

  it('takes nothing more once the disk has lost a change', async () => {
    const lost = write('lost');
    const seen = synced(1).then(() => read('run'));
    await synced(1);
    await read('peek');
    work(new Error('EIO'));
    await expect(lost).rejects.toThrow('restart the server');
    await expect(seen).rejects.toThrow('restart the server');
    await expect(write('after it')).rejects.toThrow('restart the server');
    await expect(read('run')).rejects.toThrow('restart the server');
  });
});
