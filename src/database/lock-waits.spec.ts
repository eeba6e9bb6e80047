import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '#libs/clock';
import { createDataSource } from './data-source.js';
import { Database } from './database.js';
import { SQLITE_LOCK_PATIENCE_MS, waitBesideLocks } from './lock-waits.js';

describe("another process's lock on the SQLite file", () => {
  let folder: string;
  let database: Database;
  let other: Sqlite.Database;
  let clock: ManualClock;
  let end: () => Promise<void>;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'simpletuner-locks-'));
    const databaseUrl = `sqlite://${join(folder, 'jobs.db')}`;
    const source = await createDataSource({ databaseUrl, databasePoolSize: 1 }, { entities: [], migrations: [] }).initialize(); // prettier-ignore
    await source.query('CREATE TABLE notes (text varchar(9))');
    clock = new ManualClock();
    waitBesideLocks(source, clock);
    database = new Database(source, databaseUrl);
    other = new Sqlite(join(folder, 'jobs.db'), { timeout: 0 });
    end = () => source.destroy();
  });
  afterEach(async () => {
    other.close();
    await end();
    rmSync(folder, { recursive: true });
  });

  /** Lets a thousandth of a second after the other pass, and whoever waits for it go on. */
  async function pass(durationMs: number): Promise<void> {
    for (let passedMs = 0; passedMs < durationMs; passedMs += 1) {
      clock.advance(1);
      await new Promise(setImmediate);
    }
  }
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
    await pass(20);
    expect(notes()).toEqual([]);
    other.exec('COMMIT');
    await pass(20);
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
    await pass(20);
    other.exec('ROLLBACK');
    await pass(20);
    await outcome;
    await note('kept');
    expect(notes()).toEqual(['kept']);
  });

  it('is waited for once and no longer, whatever waits for it', async () => {
    other.exec('BEGIN IMMEDIATE');
    const busy = { driverError: { code: 'SQLITE_BUSY' } };
    const refused = Promise.all([
      expect(database.transaction(() => note('together'))).rejects.toMatchObject(busy),
      expect(note('alone')).rejects.toMatchObject(busy),
    ]);
    await pass(2 * SQLITE_LOCK_PATIENCE_MS + 100);
    await refused;
    other.exec('COMMIT');
    await note('later');
    expect(notes()).toEqual(['later']);
  });
});
