import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SystemClock } from '#libs/clock';
import { createDataSource } from './data-source.js';
import { Database } from './database.js';
import { waitBesideLocks } from './lock-waits.js';

describe("another process's lock on the SQLite file", () => {
  let folder: string;
  let database: Database;
  let other: Sqlite.Database;
  let end: () => Promise<void>;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'simpletuner-locks-'));
    const databaseUrl = `sqlite://${join(folder, 'jobs.db')}`;
    const source = await createDataSource({ databaseUrl, databasePoolSize: 1 }, { entities: [], migrations: [] }).initialize(); // prettier-ignore
    await source.query('CREATE TABLE notes (text varchar(9))');
    waitBesideLocks(source, new SystemClock());
    database = new Database(source, databaseUrl);
    other = new Sqlite(join(folder, 'jobs.db'), { timeout: 0 });
    end = () => source.destroy();
  });
  afterEach(async () => {
    other.close();
    await end();
    rmSync(folder, { recursive: true });
  });

  const note = (text: string): Promise<unknown> =>
    database.run((manager) => manager.query('INSERT INTO notes VALUES (?)', [text]));
  const notes = (): unknown[] => other.prepare('SELECT text FROM notes ORDER BY text').pluck().all();

  it('is waited for while the process does other things, such as giving it back', async () => {
    other.exec('BEGIN IMMEDIATE');
    const written = Promise.all([
      note('alone'),
      database.transaction(async () => {
        await note('together1');
        await note('together2');
      }),
    ]);
    // Reading needs no lock; had the statement waited inside the driver, nobody would come to give the lock back.
    for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
    expect(notes()).toEqual([]);
    other.exec('COMMIT');
    await written;
    expect(notes()).toEqual(['alone', 'together1', 'together2']);
  });

  it('does not keep a transaction that fails from being taken back', async () => {
    other.exec('BEGIN IMMEDIATE');
    const failing = database.transaction(async () => {
      await note('gone');
      throw new Error('changed my mind');
    });
    const outcome = expect(failing).rejects.toThrow('changed my mind');
    await new Promise(setImmediate);
    other.exec('ROLLBACK');
    await outcome;
    await note('kept');
    expect(notes()).toEqual(['kept']);
  });
});
