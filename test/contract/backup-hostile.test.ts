import { execFile } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ManualClock } from '#libs/clock';
import { isDiskFull } from '../../src/backup/circumstances.js';
import { Driller } from '../../src/backup/driller.js';
import { tablesOf } from '../../src/backup/drivers/create-engine.js';
import { MysqlEngine } from '../../src/backup/drivers/mysql-engine.js';
import { PostgresEngine } from '../../src/backup/drivers/postgres-engine.js';
import { Programs } from '../../src/backup/drivers/programs.js';
import { sqliteFile } from '../../src/database/index.js';
import { schema } from '../../src/schema/index.js';
import { AuditUnderTest } from '../support/audit.js';
import { BackupsUnderTest, newHome, tester } from '../support/backups.js';
import { freshDatabase } from '../support/databases.js';
import { SmallDisk } from '../support/small-disk.js';
import { sqlKinds } from '../support/sql.js';

const DAY_MS = 86_400_000;
const MEBIBYTE = 1024 ** 2;

const disks: SmallDisk[] = [];
const folders: string[] = [];
afterAll(() => {
  for (const disk of disks) disk.unmount();
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function disk(mebibytes: number): SmallDisk {
  const mounted = SmallDisk.mount(mebibytes);
  disks.push(mounted);
  return mounted;
}

describe('the folder of backups', () => {
  let subject: BackupsUnderTest;
  beforeAll(async () => {
    subject = await BackupsUnderTest.open('sqlite');
    await subject.act('before');
    await subject.write('one');
  });
  const ids = async (): Promise<string[]> => (await subject.backups.listBackups()).map(({ id }) => id);

  it('gives two of one second two names, and does one thing at a time', async () => {
    const first = subject.create();
    await expect(subject.create()).rejects.toMatchObject({ code: 'backup_busy' });
    const made = [await first, await subject.create()].map(({ id }) => id.replace(/\.\w+$/, ''));
    expect(made[1]).toBe(`${made[0]}_2`);
  });

  it('gives them up by age and by hand, but never the last good one', async () => {
    const old = await ids();
    subject.clock.advance(31 * DAY_MS);
    expect(await subject.backups.prune(tester)).toEqual(old.slice(1));
    const young = await subject.create();
    expect(await subject.backups.prune(tester)).toEqual(old.slice(0, 1));
    const audit = new AuditUnderTest(subject.database, subject.clock);
    const { sequence } = await audit.entries.head();
    expect(await audit.entries.find(sequence)).toMatchObject({ type: 'backup.deleted', targetId: old[0] });
    await expect(subject.backups.remove(young.id, tester)).rejects.toMatchObject({ code: 'backup_last_good' });
    const newest = await subject.create();
    await subject.backups.remove(young.id, tester);
    expect(await ids()).toEqual([newest.id]);
  });

  it('follows no links, and takes no path for a name', async () => {
    const before = await ids();
    symlinkSync(sqliteFile(subject.config.settings.databaseUrl), join(subject.folder, 'link.db'));
    writeFileSync(join(subject.folder, '.hidden.db'), '');
    expect(await ids()).toEqual(before);
    for (const id of [
      'link.db',
      '.hidden.db',
      '../config/cloud/jobs.db',
      'sub/jobs.db',
      '..',
      '',
      'a\0.db',
      `${'x'.repeat(300)}.db`,
    ])
      await expect(subject.backups.find(id), id).rejects.toMatchObject({ code: 'not_found' });
    await expect(subject.backups.remove('link.db', tester)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('lists a file whose manifest is nonsense as one that has none', async () => {
    const good = (await subject.backups.listBackups())[0];
    const manifest = JSON.parse(readFileSync(`${good?.path}.manifest.json`, 'utf8')) as object;
    const path = join(subject.folder, 'nonsense.db');
    copyFileSync(good?.path ?? '', path);
    const nonsense = [
      'null', '[]', '"text"', '{', '{"format":1}', JSON.stringify({ ...manifest, createdAtMs: 1e300 }),
      JSON.stringify({ ...manifest, rows: { jobs: -1 } }), JSON.stringify({ ...manifest, drill: null }),
      JSON.stringify({ ...manifest, migrations: 'all' }), JSON.stringify({ ...manifest, audit: { sequence: '1' } }),
    ]; // prettier-ignore
    for (const text of nonsense) {
      writeFileSync(`${path}.manifest.json`, text);
      expect((await subject.backups.find('nonsense.db')).manifest, text).toBeUndefined();
    }
    await subject.write('two');
    // SQLite runs nothing of a file, so it is taken for what is in it.
    await subject.backups.restore('nonsense.db', { actor: tester });
    expect(await subject.written()).toEqual(['one']);
  });

  it('refuses what is no database, or one of somebody else, or one that holds tricks', async () => {
    const before = await subject.everything();
    const make = async (name: string, sql: string): Promise<string> => {
      const path = join(subject.folder, name);
      await promisify(execFile)('sqlite3', [path, sql]);
      return path;
    };
    const empty = join(subject.folder, 'empty.db');
    writeFileSync(empty, '');
    const cases = [
      [empty, 'backup_foreign'],
      [await make('other.db', 'CREATE TABLE notes (id); INSERT INTO notes VALUES (1)'), 'backup_foreign'],
      // Right names, wrong shapes; a view and a trigger in the place of tables.
      [await make('shapes.db', 'CREATE TABLE jobs (x); CREATE TABLE migrations (id, timestamp, name)'), 'backup_foreign'],
      [await make('view.db', 'CREATE VIEW jobs AS SELECT 1; CREATE TABLE migrations (id, timestamp, name); INSERT INTO migrations VALUES (1, 1, 1)'), 'backup_foreign'],
      [await make('partly.db', "CREATE TABLE jobs (x); CREATE TABLE migrations (id, timestamp, name); INSERT INTO migrations VALUES (1, 1, 'Nobody1')"), 'backup_newer'],
    ] as const; // prettier-ignore
    for (const [path, code] of cases)
      await expect(subject.backups.restore(path, { actor: tester }), path).rejects.toMatchObject({ code });
    expect(await subject.everything()).toBe(before);
  });
});

describe('records that are damaged', () => {
  it('are neither backed up nor replaced beneath a server, which is told what to do', async () => {
    const place = newHome();
    const subject = await BackupsUnderTest.inFolder(place);
    for (let index = 0; index < 200; index += 1) await subject.write(`${index}`);
    const backup = await subject.create();
    await subject.database.run((manager) => manager.query('PRAGMA wal_checkpoint(TRUNCATE)'));
    const file = join(place, 'jobs.db');
    const bytes = readFileSync(file);
    bytes.fill(0xa5, bytes.length / 2, bytes.length - 4_096);
    writeFileSync(file, bytes);
    await subject.presence.enter();
    const told = {
      code: 'backup_database_damaged',
      message: expect.stringContaining('restore a backup at the command line') as string,
    };
    await expect(subject.create()).rejects.toMatchObject(told);
    await expect(subject.backups.restore(backup.id)).rejects.toMatchObject(told);
    expect(readFileSync(file).equals(bytes)).toBe(true);
    expect(subject.database.isClosed).toBe(false);
    expect((await subject.backups.verify(backup)).drill.status).toBe('passed');
  });
});

describe('a full disk', () => {
  it('refuses to begin where there is no room', async () => {
    const subject = await BackupsUnderTest.open('sqlite');
    const cramped = await subject.reopened({ backups: disk(32).path });
    await expect(cramped.create()).rejects.toMatchObject({ code: 'backup_no_room' });
    const backup = await subject.create();
    await expect(cramped.backups.restore(backup.path)).rejects.toMatchObject({ code: 'backup_no_room' });
    expect(await cramped.backups.listBackups()).toEqual([]);
  });

  it('stops a small file that unpacks to a large one, which is not damaged for that', async () => {
    const small = disk(120);
    const subject = await (await BackupsUnderTest.open('sqlite')).reopened({ backups: small.path });
    await subject.write('one');
    const before = await subject.everything();
    writeFileSync(join(small.path, 'bomb.db.gz'), gzipSync(Buffer.alloc(80 * MEBIBYTE)));
    const bomb = await subject.backups.find('bomb.db.gz');
    await expect(subject.backups.verify(bomb)).rejects.toMatchObject({ code: 'backup_no_room' });
    await expect(subject.backups.restore('bomb.db.gz')).rejects.toMatchObject({ code: 'backup_no_room' });
    expect(await subject.everything()).toBe(before);
    await subject.create();
  });

  it('of the database leaves the records as they were, and they can be restored once there is room', async () => {
    const small = disk(24);
    const subject = await BackupsUnderTest.inFolder(small.path);
    for (let index = 0; index < 500; index += 1) await subject.write(`${index}`);
    const backup = await subject.create();
    await subject.write('after');
    await subject.presence.enter();
    const before = await subject.everything();
    small.fill();
    await expect(subject.backups.restore(backup.id)).rejects.toMatchObject({
      code: 'backup_impossible',
      message: expect.stringContaining('Nothing was changed') as string,
    });
    expect(await subject.everything()).toBe(before);
    small.free();
    await subject.backups.restore(backup.id);
    expect(await subject.written()).toHaveLength(500);
    await subject.write('later');
  });
});

const servers = sqlKinds.filter((kind) => kind !== 'sqlite');
describe.each(servers)('the programs of %s', (kind) => {
  const [Engine, dump, old, package_] =
    kind === 'postgres'
      ? ([PostgresEngine, 'pg_dump', 'pg_dump (PostgreSQL) 9.6.24', /postgresql-client-\d+/] as const)
      : ([MysqlEngine, 'mariadb-dump', 'mariadb-dump Ver 10.13 Distrib 5.5.68-MariaDB', /mariadb-client/] as const);

  function folder(): string {
    const made = mkdtempSync(join(tmpdir(), 'simpletuner-programs-'));
    folders.push(made);
    return made;
  }

  const inMysqlOnly = kind === 'mysql' ? it : () => undefined;
  inMysqlOnly("are told to leave out GTIDs where they are MySQL's own", async () => {
    const { config } = await BackupsUnderTest.open(kind);
    const place = folder();
    // Oracle's program in front of the other one, which does not know the option.
    const script = [
      '#!/bin/sh',
      'if [ "$1" = --version ]; then echo "mysqldump  Ver 8.0.36 for Linux on x86_64 (MySQL Community Server)"; exit; fi',
      `for given; do shift; if [ "$given" = --set-gtid-purged=OFF ]; then touch "${place}/told"; else set -- "$@" "$given"; fi; done`,
      'exec mariadb-dump "$@"',
    ];
    writeFileSync(join(place, 'mysqldump'), `${script.join('\n')}\n`, { mode: 0o755 });
    const engine = new MysqlEngine(config.settings.databaseUrl, tablesOf(schema), new Programs([place]));
    expect((await engine.dump(join(place, 'made'))).migrations).toHaveLength(schema.migrations.length);
    expect(existsSync(join(place, 'told'))).toBe(true);
  });

  it('are named when they are missing or too old, with the package that brings them', async () => {
    const url = await freshDatabase(kind);
    const tables = tablesOf(schema);
    const file = join(folder(), 'made');
    const place = folder();
    const engine = new Engine(url, tables, new Programs([place]));
    const refusal = (message: RegExp): object => ({
      code: 'backup_program_missing',
      message: expect.stringMatching(message) as string,
    });
    await expect(engine.dump(file)).rejects.toMatchObject(
      refusal(new RegExp(`^${dump} is not installed for .* ${package_.source} on`)),
    );
    writeFileSync(join(place, dump), `#!/bin/sh\necho "${old}"\n`);
    chmodSync(join(place, dump), 0o755);
    await expect(engine.dump(file)).rejects.toMatchObject(
      refusal(new RegExp(`^${dump} is too old \\(.*\\) for .* ${package_.source} on`)),
    );
    await expect(engine.restoreToScratch(file, place)).rejects.toMatchObject(
      refusal(/is not installed for .* install the Debian package/),
    );
  });

  it.each([
    ['No space left on device', 'full'],
    ['ERROR:  permission denied for schema public', 'backup_not_permitted'],
    ['ERROR 1142 (42000) at line 3: CREATE command denied', 'backup_not_permitted'],
    ['server closed the connection unexpectedly', 'backup_impossible'],
    ['ERROR 2013 (HY000): Lost connection to server during query', 'backup_impossible'],
    ['error: input file does not appear to be a valid archive', 'backup_damaged'],
  ])('are understood when one says %s', async (words, code) => {
    const url = await freshDatabase(kind);
    const place = folder();
    const file = join(place, 'made');
    writeFileSync(file, '');
    // As the real one would be, for what cannot be brought about on a server that others use.
    const script = [
      '#!/bin/sh',
      `if [ "$1" = --version ]; then echo "${dump} (PostgreSQL) 99.0 from 99.0-MariaDB"; exit; fi`,
      `echo "${words}" >&2`,
      'exit 1',
    ];
    const name = kind === 'postgres' ? 'pg_restore' : 'mariadb';
    writeFileSync(join(place, name), `${script.join('\n')}\n`, { mode: 0o755 });
    const driller = new Driller(new Engine(url, tablesOf(schema), new Programs([place])), new ManualClock());
    const told: unknown = await driller.drill('made', file, place, undefined).catch((error: unknown) => error);
    expect(isDiskFull(told) ? 'full' : (told as { code?: string }).code).toBe(code);
    expect(String(told)).toContain(words.split(': ').at(-1));
  });
});
