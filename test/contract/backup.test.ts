import { copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';
import { Keyring } from '../../src/config/index.js';
import type { Backup } from '../../src/backup/index.js';
import type { Schema } from '../../src/database/index.js';
import { schema } from '../../src/schema/index.js';
import { AuditUnderTest, masterKey } from '../support/audit.js';
import { BackupsUnderTest, tester } from '../support/backups.js';
import { SmallDisk } from '../support/small-disk.js';
import { sqlKinds } from '../support/sql.js';

class Future29990101000000 implements MigrationInterface {
  readonly name = 'Future29990101000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.createTable(
      new Table({ name: 'future', columns: [{ name: 'id', type: 'integer', isPrimary: true }] }),
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropTable('future');
  }
}
const futureSchema: Schema = { ...schema, migrations: [...schema.migrations, Future29990101000000] };
const DAY_MS = 86_400_000;

const disks: SmallDisk[] = [];
afterAll(() => disks.forEach((disk) => disk.unmount()));

describe.each(sqlKinds)('backups of %s', (kind) => {
  let subject: BackupsUnderTest;
  beforeEach(async () => {
    subject = await BackupsUnderTest.open(kind);
    await subject.act('before');
    await subject.write('one');
  });

  const verification = async (): Promise<unknown> => {
    const audit = new AuditUnderTest(subject.database, subject.clock, new Keyring(masterKey));
    return (await audit.verify()).finding;
  };
  const lastAction = async (): Promise<{ type: string; details: Record<string, unknown> }> => {
    const audit = new AuditUnderTest(subject.database, subject.clock);
    return (await audit.entries.find((await audit.entries.head()).sequence)) as never;
  };

  /** Restores must be refused with the records as they are, to the last row of the audit log. */
  async function refused(backup: Backup | string, code: string, other = subject): Promise<void> {
    const head = await subject.audit.in(subject.database).head();
    const written = await subject.written();
    const path = typeof backup === 'string' ? backup : backup.path;
    await expect(other.backups.restore(path, { actor: tester })).rejects.toMatchObject({ code });
    expect(await subject.audit.in(subject.database).head()).toEqual(head);
    expect(await subject.written()).toEqual(written);
    expect(subject.database.isClosed).toBe(false);
  }

  it('are made while others write, proved, and listed newest first', async () => {
    const stop = new AbortController();
    const writer = (async () => {
      for (let index = 0; !stop.signal.aborted; index += 1) {
        await subject.write(`while ${index}`);
        await subject.act(`while ${index}`);
        // SQLite answers at once, and would leave no turn to anything else.
        await new Promise(setImmediate);
      }
    })();
    const first = await subject.create();
    subject.clock.advance(1_000);
    const second = await subject.create(true);
    stop.abort();
    await writer;
    expect((await subject.backups.listBackups()).map(({ id }) => id)).toEqual([second.id, first.id]);
    for (const { id, path, manifest } of [first, second]) {
      expect(id).toMatch(/^jobs_backup_\d{8}_\d{6}\.(db|dump|sql)(\.gz)?$/);
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(manifest).toMatchObject({ drill: { status: 'passed', reason: null }, bytes: statSync(path).size });
      expect(manifest?.checkpoint).toMatchObject({ sequence: manifest?.audit.sequence, hash: manifest?.audit.hash });
      // Both are written in turn: a copy as of one instant holds as many of one as of the other.
      const { rows, audit } = manifest as NonNullable<typeof manifest>;
      expect(rows['audit_entries']).toBe(audit.sequence);
      expect(Math.abs(Number(rows['events']) - Number(rows['audit_entries']))).toBeLessThanOrEqual(2);
    }
    expect(await verification()).toBeUndefined();
  });

  it('come back whole, also compressed; what was there is kept, and the audit log says what happened', async () => {
    const backup = await subject.create(true);
    await subject.write('two');
    await subject.act('after');
    const lost = await subject.audit.in(subject.database).head();
    const { safetyCopy, migrationsApplied } = await subject.backups.restore(backup.id, { actor: tester });
    expect(await subject.written()).toEqual(['one']);
    expect(migrationsApplied).toEqual([]);
    expect(await verification()).toBeUndefined();
    expect(await lastAction()).toMatchObject({
      type: 'backup.restored',
      targetId: backup.id,
      actorId: 'tester',
      details: { audit_sequence: 1, replaced: { ...lost, kept_in: safetyCopy?.id } },
    });
    // And back again.
    await subject.backups.restore(safetyCopy?.path ?? '', { actor: tester });
    expect(await subject.written()).toEqual(['one', 'two']);
    expect(await verification()).toBeUndefined();
    await subject.write('three');
    expect(await subject.written()).toEqual(['one', 'two', 'three']);
  });

  it('come back by the path of a file anywhere, and numbers of events never come again', async () => {
    const path = join(subject.config.paths.home, 'custom.backup.db');
    expect(await subject.backups.backup(path)).toBe(path);
    await expect(subject.backups.backup(path)).rejects.toMatchObject({ code: 'conflict' });
    for (const text of ['two', 'three', 'four']) await subject.write(text);
    const sequence = (): Promise<number> =>
      subject.database
        .run((manager) => manager.query<{ last: number | string }[]>('SELECT MAX(sequence) AS last FROM events'))
        .then(([row]) => Number(row?.last));
    const before = await sequence();
    await subject.backups.restore(path);
    expect(await sequence()).toBe(before + 1);
    await subject.write('five');
    expect(await sequence()).toBe(before + 2);
    expect(await subject.written()).toEqual(['one', 'five']);
  });

  it('of an older schema are brought up to date', async () => {
    const backup = await subject.create();
    const upgraded = await subject.reopened({ schema: futureSchema });
    await upgraded.write('two');
    const { migrationsApplied } = await upgraded.backups.restore(backup.id, { actor: tester });
    expect(migrationsApplied).toEqual(['Future29990101000000']);
    expect(await upgraded.written()).toEqual(['one']);
    expect(await upgraded.database.run((manager) => manager.query('SELECT * FROM future'))).toEqual([]);
  });

  it('of a newer schema are refused', async () => {
    const upgraded = await subject.reopened({ schema: futureSchema });
    const backup = await upgraded.create();
    await refused(backup, 'backup_newer');
  });

  it('that are damaged are refused: bytes that changed, a part that is missing, an altered manifest', async () => {
    const backup = await subject.create(true);
    const changed = join(subject.folder, `changed_${backup.id}`);
    const copy = (): void => {
      copyFileSync(backup.path, changed);
      copyFileSync(`${backup.path}.manifest.json`, `${changed}.manifest.json`);
    };
    copy();
    const bytes = readFileSync(changed);
    bytes[Math.floor(bytes.length / 2)] = (bytes[Math.floor(bytes.length / 2)] ?? 0) ^ 0xff;
    writeFileSync(changed, bytes);
    await refused(changed, 'backup_damaged');
    const damaged = await subject.backups.locate(changed);
    await expect(subject.backups.verify(damaged)).rejects.toMatchObject({ code: 'backup_damaged' });
    copy();
    truncateSync(changed, bytes.length - 100);
    await refused(changed, 'backup_damaged');
    copy();
    const manifest = JSON.parse(readFileSync(`${changed}.manifest.json`, 'utf8')) as { rows: Record<string, number> };
    writeFileSync(`${changed}.manifest.json`, JSON.stringify({ ...manifest, rows: { ...manifest.rows, jobs: 7 } }));
    await refused(changed, 'backup_foreign');
    await expect(subject.backups.restore('jobs_backup_no.db')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('of another installation are refused, unless whoever restores takes the consequences', async () => {
    const other = await BackupsUnderTest.open(kind, { key: 'the key of another installation, 32 b' });
    await other.act('elsewhere');
    await other.write('elsewhere');
    const backup = await other.create();
    await refused(backup, 'backup_foreign');
    await subject.backups.restore(backup.path, { actor: tester, acceptsOtherKey: true });
    expect(await subject.written()).toEqual(['elsewhere']);
  });

  it('wait for transactions under way, keep newcomers waiting, and refuse where another server works', async () => {
    const backup = await subject.create();
    const other = await subject.reopened();
    await other.presence.enter();
    await refused(backup, 'backup_database_in_use');
    await other.presence.leave();
    let release: () => void = () => undefined;
    const inside = subject.database.transaction(async () => {
      await new Promise<void>((resolve) => (release = resolve));
      await subject.act('inside');
    });
    const restoring = subject.backups.restore(backup.id, { actor: tester });
    while (!subject.database.isClosed) await new Promise(setImmediate);
    const newcomer = subject.write('newcomer');
    release();
    await Promise.all([inside, restoring, newcomer]);
    expect(await subject.written()).toEqual(['one', 'newcomer']);
  });

  it('are verified again, which the manifest notes; and the database is described', async () => {
    const backup = await subject.create();
    subject.clock.advance(5_000);
    const { backup: verified, drill } = await subject.backups.verify(backup);
    expect(drill).toMatchObject({ status: 'passed', atMs: (backup.manifest?.drill.atMs ?? 0) + 5_000 });
    expect(verified.manifest?.drill).toEqual(drill);
    const info = await subject.backups.getDatabaseInfo();
    expect(info).toMatchObject({ job_count: 0, schema_version: schema.migrations.at(-1)?.name });
    expect(info.size_mb).toBeGreaterThan(0);
    expect(JSON.stringify(info)).not.toMatch(/:postgres@|:test@/);
  });
});

describe('backups, whatever the database', () => {
  let subject: BackupsUnderTest;
  beforeEach(async () => {
    subject = await BackupsUnderTest.open('sqlite');
  });

  it('give two of one second two names', async () => {
    const ids = [await subject.create(), await subject.create()].map(({ id }) => id.replace(/\.\w+$/, ''));
    expect(ids[1]).toBe(`${ids[0]}_2`);
  });

  it('do one thing at a time', async () => {
    const first = subject.create();
    await expect(subject.create()).rejects.toMatchObject({ code: 'backup_busy' });
    await first;
  });

  it('are given up by age and by hand, but never the last good one', async () => {
    const old = await subject.create();
    subject.clock.advance(31 * DAY_MS);
    expect(await subject.backups.prune(tester)).toEqual([]);
    const young = await subject.create();
    expect(await subject.backups.prune(tester)).toEqual([old.id]);
    const audit = new AuditUnderTest(subject.database, subject.clock);
    const { sequence } = await audit.entries.head();
    expect(await audit.entries.find(sequence)).toMatchObject({ type: 'backup.deleted', targetId: old.id });
    await expect(subject.backups.remove(young.id, tester)).rejects.toMatchObject({ code: 'backup_last_good' });
    const newest = await subject.create();
    await subject.backups.remove(young.id, tester);
    expect((await subject.backups.listBackups()).map(({ id }) => id)).toEqual([newest.id]);
  });

  it('are not begun where there is no room, and the records are as they were', async () => {
    const disk = SmallDisk.mount(32);
    disks.push(disk);
    const cramped = await subject.reopened({ backups: disk.path });
    await expect(cramped.create()).rejects.toMatchObject({ code: 'backup_no_room' });
    const backup = await subject.create();
    await expect(cramped.backups.restore(backup.path)).rejects.toMatchObject({ code: 'backup_no_room' });
    expect(await cramped.backups.listBackups()).toEqual([]);
  });
});
