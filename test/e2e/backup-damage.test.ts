import { randomBytes } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { commandLine, type Said } from '../support/command-line.js';

const ROWS = 200;
const LOGS = ['-wal', '-shm'];

describe('a restore at the command line, where the database of SQLite is broken', () => {
  const home = mkdtempSync(join(tmpdir(), 'simpletuner-damage-'));
  const folder = join(home, 'config/cloud');
  const file = join(folder, 'jobs.db');
  /** The whole database with a log that is not yet in it, as a server that was killed leaves it. */
  const whole = join(home, 'whole');
  let backup: string;
  beforeAll(async () => {
    expect((await commandLine(home, ['migrate'])).code).toBe(0);
    const database = new Sqlite(file);
    const add = (rows: number): void => {
      const insert = database.prepare("INSERT INTO events (type, payload, created_at_ms) VALUES ('kept', ?, 1)");
      for (let row = 0; row < rows; row += 1) insert.run(JSON.stringify({ text: 'x'.repeat(2_000) }));
    };
    add(ROWS);
    database.pragma('wal_checkpoint(TRUNCATE)');
    const { code, output } = await commandLine(home, ['backup', 'create']);
    expect(code, output).toBe(0);
    backup = /^Backup created: (.*)$/m.exec(output)?.[1] ?? '';
    add(1);
    for (const end of ['', ...LOGS]) copyFileSync(file + end, whole + end);
    database.close();
  });
  afterAll(() => rmSync(home, { recursive: true }));
  /** All but the master key. */
  function clear(): void {
    for (const name of readdirSync(folder)) if (name !== 'secret.key') rmSync(join(folder, name), { recursive: true });
  }
  beforeEach(() => {
    clear();
    for (const end of ['', ...LOGS]) copyFileSync(whole + end, file + end);
  });

  const restore = (): Promise<Said> => commandLine(home, ['backup', 'restore', backup]);
  /** In the records of now, which must be whole. */
  function rows(): unknown {
    const database = new Sqlite(file, { fileMustExist: true });
    try {
      expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
      return database.prepare("SELECT COUNT(*) FROM events WHERE type = 'kept'").pluck().get();
    } finally {
      database.close();
    }
  }
  const bytes = (path: string): Buffer | undefined => (existsSync(path) ? readFileSync(path) : undefined);
  const files = (): (Buffer | undefined)[] => ['', ...LOGS].map((end) => bytes(file + end));
  function kept(): (Buffer | undefined)[] {
    const names = readdirSync(folder).filter((name) => name.startsWith('damaged-jobs.db-'));
    expect(names).toHaveLength(1);
    return ['', ...LOGS].map((end) => bytes(join(folder, names[0] ?? '', `jobs.db${end}`)));
  }

  /** Restores, and finds what was there where the command says that it is, to the last byte. */
  async function keepsAll(words: RegExp): Promise<void> {
    const before = files();
    const { code, output } = await restore();
    expect([code, output]).toEqual([0, expect.stringMatching(words)]);
    expect(output).toContain(`Its files are kept as they were in ${join(folder, 'damaged-jobs.db-')}`);
    expect(kept()[0]).toEqual(before[0]?.length === 0 ? undefined : before[0]);
    expect(kept()[1]).toEqual(before[1]);
    // What reads the log notes in the third file that it did.
    if (before[2]) expect(kept()[2]).toHaveLength(before[2].length);
    expect(rows()).toBe(ROWS);
  }

  it('by pages that were overwritten, so that it still opens: keeps its files, says so, and the next one is as usual', async () => {
    const damaged = readFileSync(file);
    const [first, last] = [damaged.length / 2, damaged.length - 4_096];
    randomBytes(last - first).copy(damaged, first);
    writeFileSync(file, damaged);
    const database = new Sqlite(file, { readonly: true });
    expect(database.prepare('SELECT COUNT(*) FROM migrations').pluck().get()).toBeGreaterThan(0);
    expect(() => database.prepare('SELECT SUM(LENGTH(payload)) FROM events').get()).toThrow(/malformed/);
    database.close();
    await keepsAll(/^Restored: [\s\S]*The database was damaged \(.+\): there is no safety copy of it\./);
    const second = await restore();
    expect([second.code, second.output]).toEqual([0, expect.stringMatching(/What was there before is kept in .*\.db/)]);
    expect((await commandLine(home, ['backup', 'create'])).code).toBe(0);
  });

  it('by a single page that nobody reads at a start', async () => {
    const database = new Sqlite(file);
    const page = database.prepare("SELECT rootpage FROM sqlite_master WHERE name = 'storage_parts'").pluck().get();
    const pageSize = database.pragma('page_size', { simple: true });
    database.close();
    const damaged = readFileSync(file);
    // How many cells it has: more than fit.
    damaged.writeUInt16BE(9_999, (Number(page) - 1) * Number(pageSize) + 3);
    writeFileSync(file, damaged);
    await keepsAll(/The database was damaged/);
  });

  it('by a head that was scribbled over', async () => {
    const damaged = readFileSync(file);
    damaged.write('scribbled over', 0);
    writeFileSync(file, damaged);
    // Its log holds the first page again, unless it is gone, too.
    for (const end of LOGS) rmSync(file + end);
    await keepsAll(/The database was damaged \(file is not a database\)/);
  });

  it('to nothing, with the log beside it', async () => {
    truncateSync(file);
    await keepsAll(/The database could not be read/);
  });

  it('because it is gone', async () => {
    clear();
    const { code, output } = await restore();
    expect([code, output]).toEqual([0, expect.stringContaining('There was nothing before.')]);
    expect(rows()).toBe(ROWS);
    expect(readdirSync(folder).filter((name) => name.startsWith('damaged-'))).toEqual([]);
  });

  it('because a folder is in its place: says so and touches nothing', async () => {
    for (const end of ['', ...LOGS]) rmSync(file + end);
    mkdirSync(file);
    writeFileSync(join(file, 'of-somebody'), 'kept');
    const { code, output } = await restore();
    expect([code, output]).toEqual([1, expect.stringContaining(`${file}, is a folder: move it away`)]);
    expect(readdirSync(file)).toEqual(['of-somebody']);
    // What does not need the records is not held up by them.
    expect((await commandLine(home, ['backup', 'verify', backup])).code).toBe(0);
  });

  it('behind a link: mends the file that it leads to', async () => {
    const place = join(home, 'volume');
    mkdirSync(place, { recursive: true });
    const target = join(place, 'jobs.db');
    writeFileSync(target, 'no database at all');
    for (const end of ['', ...LOGS]) rmSync(file + end);
    symlinkSync(target, file);
    const { code, output } = await restore();
    expect([code, output]).toEqual([0, expect.stringContaining(`kept as they were in ${join(place, 'damaged-')}`)]);
    expect(readFileSync(target).subarray(0, 15).toString()).toBe('SQLite format 3');
    expect(rows()).toBe(ROWS);
  });
});
