import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Logger } from '#libs/log';
import { Lifecycle } from '#libs/worker';
import { BackupSchedule, ScheduleWorld } from '../../src/backup/backup-schedule.js';
import { SqlBackupStateRepository } from '../../src/backup/drivers/sql-backup-state.repository.js';
import type { Backup } from '../../src/backup/index.js';
import { loadConfig } from '../../src/config/index.js';
import { HealthRegistry } from '../../src/health/index.js';
import { BackupsUnderTest, newHome, tester } from '../support/backups.js';

const DAY_MS = 86_400_000;

describe('the last good backup', () => {
  let subject: BackupsUnderTest;
  let good: Backup;
  beforeAll(async () => {
    subject = await BackupsUnderTest.open('sqlite');
    await subject.act('before');
  });
  beforeEach(async () => {
    rmSync(subject.folder, { recursive: true, force: true });
    good = await subject.create();
    subject.clock.advance(1_000);
  });
  const ids = async (): Promise<string[]> => (await subject.backups.listBackups()).map(({ id }) => id);
  const isKept = (): Promise<void> =>
    expect(subject.backups.remove(good.id, tester)).rejects.toMatchObject({ code: 'backup_last_good' });

  it('is not the one that was found damaged, whose manifest says so', async () => {
    const broken = await subject.create();
    const whole = readFileSync(broken.path);
    const bytes = Buffer.from(whole);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 0xff;
    writeFileSync(broken.path, bytes);
    await expect(subject.backups.verify(broken)).rejects.toMatchObject({ code: 'backup_damaged' });
    const { manifest } = await subject.backups.find(broken.id);
    expect(manifest?.drill).toMatchObject({ status: 'failed', reason: expect.stringContaining('checksum') as string });
    await isKept();
    subject.clock.advance(31 * DAY_MS);
    expect(await subject.backups.prune(tester)).toEqual([broken.id]);
    expect(await ids()).toEqual([good.id]);
  });

  it('can be one that was found damaged once it is whole again', async () => {
    const bytes = readFileSync(good.path);
    writeFileSync(good.path, 'x'.repeat(bytes.length));
    await expect(subject.backups.verify(good)).rejects.toMatchObject({ code: 'backup_damaged' });
    writeFileSync(good.path, bytes);
    expect((await subject.backups.verify(await subject.backups.find(good.id))).drill.status).toBe('passed');
    await isKept();
  });

  it('is neither what a restore has kept nor what somebody else has written', async () => {
    await subject.backups.restore(good.id, { actor: tester });
    const manifest = JSON.parse(readFileSync(`${good.path}.manifest.json`, 'utf8')) as object;
    const path = join(subject.folder, 'forged.db');
    copyFileSync(good.path, path);
    writeFileSync(`${path}.manifest.json`, JSON.stringify({ ...manifest, file: 'forged.db' }));
    expect(await ids()).toHaveLength(3);
    await isKept();
  });

  it('stays when both of two are deleted at once', async () => {
    const other = await subject.create();
    const outcomes = await Promise.allSettled([good, other].map(({ id }) => subject.backups.remove(id, tester)));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(await ids()).toEqual([other.id]);
  });
});

describe('a backup to a file anywhere', () => {
  let subject: BackupsUnderTest;
  beforeAll(async () => {
    subject = await BackupsUnderTest.open('sqlite');
  });

  it('leaves alone what others keep beside it; only the folder of backups is swept', async () => {
    const elsewhere = newHome();
    await subject.create();
    const left = (folder: string, name: string): string => {
      const path = join(folder, name);
      mkdirSync(path);
      utimesSync(path, new Date(0), new Date(0));
      return path;
    };
    const names = ['.draft-of-mine', '.draft-abc123', '.simpletuner-backup-abc123'];
    const [theirs, ours] = [elsewhere, subject.folder].map((folder) => names.map((name) => left(folder, name)));
    await subject.backups.backup(join(elsewhere, 'made.db'));
    await subject.create();
    expect(theirs?.map(existsSync)).toEqual([true, true, true]);
    expect(ours?.map(existsSync)).toEqual([true, true, false]);
  });

  it('takes the place of one whose manifest was left behind, but of no other file', async () => {
    const path = join(newHome(), 'made.db');
    await subject.backups.backup(path);
    rmSync(path);
    expect(await subject.backups.backup(path)).toBe(path);
    expect((await subject.backups.verify(await subject.backups.locate(path))).drill.status).toBe('passed');
    rmSync(path);
    writeFileSync(`${path}.manifest.json`, 'notes of mine');
    await expect(subject.backups.backup(path)).rejects.toMatchObject({ code: 'conflict' });
    expect(readFileSync(`${path}.manifest.json`, 'utf8')).toBe('notes of mine');
  });
});

describe('the schedule of backups', () => {
  it('has made its backup also when the old ones cannot be deleted', async () => {
    const subject = await BackupsUnderTest.open('sqlite');
    const { clock, config, database, backups } = subject;
    const state = new SqlBackupStateRepository(database);
    await state.begin(clock.now());
    await subject.create();
    clock.advance(31 * DAY_MS);
    await database.run((manager) =>
      manager.query(
        "CREATE TRIGGER undeletable BEFORE INSERT ON audit_entries WHEN NEW.type = 'backup.deleted' BEGIN SELECT RAISE(ABORT, 'no'); END",
      ),
    );
    const settings = loadConfig({
      SIMPLETUNER_HOME: config.paths.home,
      SIMPLETUNER_DATABASE_URL: config.settings.databaseUrl,
      SIMPLETUNER_BACKUP_SCHEDULE: '0 3 * * *',
    });
    const world = new ScheduleWorld(settings, clock, new Lifecycle(), new HealthRegistry(clock));
    const schedule = new BackupSchedule(backups, state, world);
    const errors = vi.spyOn(Logger.prototype, 'error');
    schedule.start();
    await vi.waitFor(() => expect(errors).toHaveBeenCalled(), { timeout: 10_000 });
    await schedule.stop();
    expect(errors.mock.calls.map(([message]) => message)).toEqual([
      'Old backups were not deleted; trying again after the next backup',
    ]);
    errors.mockRestore();
    expect(await state.read()).toMatchObject({ scheduledThroughMs: clock.now(), lastFailure: '' });
    expect(await backups.listBackups()).toHaveLength(2);
  });
});
