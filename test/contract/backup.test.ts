import { copyFileSync, existsSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';
import { Keyring } from '../../src/config/index.js';
import type { BackupEngine } from '../../src/backup/backup-engine.js';
import { MysqlEngine } from '../../src/backup/drivers/mysql-engine.js';
import { PostgresEngine } from '../../src/backup/drivers/postgres-engine.js';
import { SqliteEngine } from '../../src/backup/drivers/sqlite-engine.js';
import type { Backup } from '../../src/backup/index.js';
import type { Schema } from '../../src/database/index.js';
import { schema } from '../../src/schema/index.js';
import { AuditUnderTest, masterKey } from '../support/audit.js';
import { BackupsUnderTest, tester } from '../support/backups.js';
import { sqlKinds } from '../support/sql.js';
import { smallAccount } from '../support/small-account.js';

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

// One installation of each kind lives through all of it, in the order of the tests: to make one costs more than most of them.
describe.each(sqlKinds)('backups of %s', (kind) => {
  let subject: BackupsUnderTest;
  /** Of the row `one`, compressed. */
  let backup: Backup;
  /** Made by a newer version with another master key, of the row `elsewhere`. */
  let alien: Backup;
  beforeAll(async () => {
    subject = await BackupsUnderTest.open(kind);
    await subject.act('before');
    await subject.write('one');
    backup = await subject.create(true);
    const key = 'the key of another installation, 32 b';
    const other = await BackupsUnderTest.open(kind, { key, schema: futureSchema });
    await other.act('elsewhere');
    await other.write('elsewhere');
    alien = await other.create();
  });

  const verification = async (): Promise<unknown> => {
    const audit = new AuditUnderTest(subject.database, subject.clock, new Keyring(masterKey));
    return (await audit.verify()).finding;
  };
  const lastAction = async (): Promise<unknown> => {
    const audit = new AuditUnderTest(subject.database, subject.clock);
    return audit.entries.find((await audit.entries.head()).sequence);
  };

  /** Restores must be refused with the records as they are, to the last row of every table. */
  async function refused(
    { path }: Pick<Backup, 'path'>,
    code: string,
    { acceptsOtherKey = false, by = subject }: { acceptsOtherKey?: boolean; by?: BackupsUnderTest } = {},
  ): Promise<void> {
    const before = await subject.everything();
    await expect(by.backups.restore(path, { actor: tester, acceptsOtherKey })).rejects.toMatchObject({ code });
    expect(await subject.everything()).toBe(before);
    expect(subject.database.isClosed).toBe(false);
  }

  it('are refused when they are damaged: bytes that changed, a part that is missing, an altered manifest', async () => {
    const path = join(subject.folder, `changed_${backup.id}`);
    const changed = { path };
    const copy = (): void => {
      copyFileSync(backup.path, path);
      copyFileSync(`${backup.path}.manifest.json`, `${path}.manifest.json`);
    };
    const alter = (changes: object): void => {
      const manifest = JSON.parse(readFileSync(`${backup.path}.manifest.json`, 'utf8')) as object;
      writeFileSync(`${path}.manifest.json`, JSON.stringify({ ...manifest, ...changes }));
    };
    copy();
    const bytes = readFileSync(path);
    bytes[Math.floor(bytes.length / 2)] = (bytes[Math.floor(bytes.length / 2)] ?? 0) ^ 0xff;
    writeFileSync(path, bytes);
    await refused(changed, 'backup_damaged');
    const damaged = await subject.backups.locate(path);
    await expect(subject.backups.verify(damaged)).rejects.toMatchObject({ code: 'backup_damaged' });
    copy();
    truncateSync(path, bytes.length - 100);
    await refused(changed, 'backup_damaged');
    copy();
    alter({ rows: { ...backup.manifest?.rows, jobs: 7 } });
    await refused(changed, 'backup_foreign');
    alter({ database: kind === 'mysql' ? 'postgres' : 'mysql' });
    await refused(changed, 'backup_foreign', { acceptsOtherKey: true });
    // Sealed by this installation, but of another file.
    copyFileSync(alien.path, path);
    alter({});
    await refused(changed, 'backup_damaged');
    await refused({ path: 'jobs_backup_no.db' }, 'not_found');
  });

  it('are refused when they are of another installation, or of a newer version', async () => {
    await refused(alien, 'backup_foreign');
    await refused(alien, 'backup_newer', { acceptsOtherKey: true });
  });

  const inServersOnly = kind === 'sqlite' ? () => undefined : it;
  inServersOnly('are not even tried when nobody sealed them: a dump is a program', async () => {
    const before = await subject.everything();
    const marker = join(subject.config.paths.home, 'a shell was here');
    const file = join(subject.folder, `stray.${kind === 'mysql' ? 'sql' : 'dump'}`);
    const live = new URL(subject.config.settings.databaseUrl).pathname.slice(1);
    if (kind === 'mysql') writeFileSync(file, `USE \`${live}\`;\nDROP TABLE events;\n\\! touch '${marker}'\n`);
    else copyFileSync(alien.path, file);
    for (const path of [file, alien.path]) {
      const stray = await subject.backups.locate(path);
      await expect(subject.backups.verify(stray), path).rejects.toMatchObject({ code: 'backup_foreign' });
    }
    // Nobody can vouch for what has no manifest.
    await refused({ path: file }, 'backup_foreign', { acceptsOtherKey: true });
    expect(await subject.everything()).toBe(before);
    expect(existsSync(marker)).toBe(false);
    rmSync(file);
  });

  it('are not restored under another server', async () => {
    const other = await subject.reopened();
    await other.presence.enter();
    await refused(backup, 'backup_database_in_use');
    await other.presence.leave();
  });

  inServersOnly('are made but neither drilled nor restored by who may not make a database', async () => {
    const small = await subject.reopened({
      url: await smallAccount(subject.database, subject.config.settings.databaseUrl),
    });
    const { manifest, id } = await small.create();
    expect(manifest?.drill).toMatchObject({
      status: 'not drilled',
      reason: expect.stringContaining('may not create') as string,
    });
    await refused(backup, 'backup_not_permitted', { by: small });
    // What one may not prove, another one can.
    expect((await subject.backups.verify(await subject.backups.find(id))).drill.status).toBe('passed');
  });

  it('come back whole, also compressed; what was there is kept, and the audit log says what happened', async () => {
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

  it('came back, whatever breaks once they are in their place', async () => {
    const endLocks = {
      sqlite: undefined,
      postgres:
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
      mysql: "BEGIN NOT ATOMIC KILL IS_USED_LOCK(CONCAT('simpletuner-migrate-', MD5(DATABASE()))); END",
    }[kind];
    const Engine = { sqlite: SqliteEngine, postgres: PostgresEngine, mysql: MysqlEngine }[kind];
    const real = Engine.prototype.restoreToScratch;
    const spy = vi.spyOn(Engine.prototype, 'restoreToScratch').mockImplementationOnce(async function (
      this: BackupEngine,
      ...where
    ) {
      const scratch = await real.apply(this as never, where);
      const replaceLive = async (isDamaged: boolean): Promise<undefined> => {
        await scratch.replaceLive(isDamaged);
        if (endLocks) await subject.database.run((manager) => manager.query(endLocks));
      };
      const discard = (): Promise<void> =>
        scratch.discard().then(() => Promise.reject(new Error('the connection was lost')));
      return { ...scratch, replaceLive, discard };
    });
    await subject.write('broken');
    const { safetyCopy } = await subject.backups.restore(backup.id, { actor: tester });
    expect(spy).toHaveBeenCalledOnce();
    spy.mockRestore();
    expect(await subject.written()).toEqual(['one']);
    expect((await subject.backups.listBackups()).map(({ id }) => id)).toContain(safetyCopy?.id);
  });

  it('are made while others write, also to a file anywhere, proved, and listed newest first', async () => {
    const path = join(subject.config.paths.home, 'custom.backup.db');
    const stop = new AbortController();
    const writer = (async () => {
      for (let index = 0; !stop.signal.aborted; index += 1) {
        await subject.write(`while ${index}`);
        await subject.act(`while ${index}`);
        // SQLite answers at once, and would leave no turn to anything else.
        await new Promise(setImmediate);
      }
    })();
    subject.clock.advance(1_000);
    expect(await subject.backups.backup(path)).toBe(path);
    const second = await subject.create();
    stop.abort();
    await writer;
    expect((await subject.backups.listBackups())[0]?.id).toBe(second.id);
    await expect(subject.backups.backup(path)).rejects.toMatchObject({ code: 'conflict' });
    for (const made of [await subject.backups.locate(path), second]) {
      expect(statSync(made.path).mode & 0o777).toBe(0o600);
      expect(made.manifest).toMatchObject({ drill: { status: 'passed', reason: null }, bytes: made.bytes });
      // Both are written in turn: a copy as of one instant holds as many of one as of the other.
      const { rows, audit, checkpoint } = made.manifest as NonNullable<Backup['manifest']>;
      expect(checkpoint).toMatchObject({ sequence: audit.sequence, hash: audit.hash });
      expect(rows['audit_entries']).toBe(audit.sequence);
      expect(Math.abs(Number(rows['events']) - Number(rows['audit_entries']))).toBeLessThanOrEqual(2);
    }
    expect(second.id).toMatch(/^jobs_backup_\d{8}_\d{6}\.(db|dump|sql)$/);
    expect(await verification()).toBeUndefined();
  });

  it('wait for transactions under way, and keep newcomers waiting; numbers of events never come again', async () => {
    const lastEvent = (): Promise<number> =>
      subject.database
        .run((manager) => manager.query<{ last: number | string }[]>('SELECT MAX(sequence) AS last FROM events'))
        .then(([row]) => Number(row?.last));
    const before = await lastEvent();
    let release: () => void = () => undefined;
    const inside = subject.database.transaction(async () => {
      await new Promise<void>((resolve) => (release = resolve));
      await subject.act('inside');
    });
    const restoring = subject.backups.restore(backup.path);
    while (!subject.database.isClosed) await new Promise(setImmediate);
    const newcomer = subject.write('newcomer');
    release();
    await Promise.all([inside, restoring, newcomer]);
    expect(await subject.written()).toEqual(['one', 'newcomer']);
    // One tells of the restore, one is the newcomer's.
    expect(await lastEvent()).toBe(before + 2);
  });

  it('are verified again, which the manifest notes; and the database is described', async () => {
    subject.clock.advance(5_000);
    const { backup: verified, drill } = await subject.backups.verify(backup);
    expect(drill).toMatchObject({ status: 'passed', atMs: subject.clock.now() });
    expect(verified.manifest?.drill).toEqual(drill);
    const info = await subject.backups.getDatabaseInfo();
    expect(info).toMatchObject({ job_count: 0, schema_version: schema.migrations.at(-1)?.name });
    expect(info.size_mb).toBeGreaterThan(0);
    expect(JSON.stringify(info)).not.toMatch(/:postgres@|:test@/);
    // The last one that was made; what a restore keeps is none.
    expect(await subject.backups.lastSuccessAtMs()).toBe(subject.clock.now() - 5_000);
  });

  it('of an older version are brought up to date; those of another key are taken on wish', async () => {
    const upgraded = await subject.reopened({ schema: futureSchema });
    const { migrationsApplied } = await upgraded.backups.restore(backup.id, { actor: tester });
    expect(migrationsApplied).toEqual(['Future29990101000000']);
    expect(await upgraded.written()).toEqual(['one']);
    expect(await upgraded.database.run((manager) => manager.query('SELECT * FROM future'))).toEqual([]);
    await upgraded.backups.restore(alien.path, { actor: tester, acceptsOtherKey: true });
    expect(await upgraded.written()).toEqual(['elsewhere']);
  });
});
