import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { createDataSource } from './data-source.js';
import { Database } from './database.js';

const FULL = { driverError: { code: 'SQLITE_FULL' } };

describe.each([true, false])('transactions after one for which the disk had no room (alone: %s)', (isAlone) => {
  let folder: string;
  let source: DataSource;
  let database: Database;
  let other: Sqlite.Database;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'simpletuner-full-'));
    const databaseUrl = `sqlite://${join(folder, 'jobs.db')}`;
    source = await createDataSource(
      { databaseUrl, databasePoolSize: 1 },
      { entities: [], migrations: [] },
    ).initialize();
    await source.query('CREATE TABLE notes (text text)');
    database = new Database(source, databaseUrl, isAlone);
    other = new Sqlite(join(folder, 'jobs.db'), { timeout: 0 });
    const [{ page_count: pages }] = await source.query<[{ page_count: number }]>('PRAGMA page_count');
    await source.query(`PRAGMA max_page_count = ${pages}`);
  });
  afterEach(async () => {
    other.close();
    await source.destroy();
    rmSync(folder, { recursive: true });
  });

  const write = (text: string): Promise<unknown> =>
    database.transaction((manager) => manager.query('INSERT INTO notes VALUES (?)', [text]));
  const notes = (): unknown[] => other.prepare('SELECT text FROM notes').pluck().all();

  it('have the lock for writing, and leave nothing open when they fail in their turn', async () => {
    const large = 'x'.repeat(1_000_000);
    await expect(write(large)).rejects.toMatchObject(FULL);
    await expect(write(large)).rejects.toMatchObject(FULL);
    // Nobody could write here while something is left open.
    other.exec("INSERT INTO notes VALUES ('by another process')");
    await database.transaction((manager) => {
      expect(() => other.exec("INSERT INTO notes VALUES ('too early')")).toThrow('locked');
      return manager.query("INSERT INTO notes VALUES ('room again')");
    });
    expect(notes()).toEqual(['by another process', 'room again']);
  });
});
