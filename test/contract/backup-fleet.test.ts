import { beforeAll, describe, expect, it, vi } from 'vitest';
import { SystemClock } from '#libs/clock';
import { Lifecycle } from '#libs/worker';
import { BackupSchedule, ScheduleWorld } from '../../src/backup/backup-schedule.js';
import { DatabaseTurns } from '../../src/backup/drivers/database-turns.js';
import { SqlBackupStateRepository } from '../../src/backup/drivers/sql-backup-state.repository.js';
import { loadConfig } from '../../src/config/index.js';
import { HealthRegistry } from '../../src/health/index.js';
import { BackupsUnderTest, tester } from '../support/backups.js';
import { sqlKinds } from '../support/sql.js';

const DAY_MS = 86_400_000;

// Two replicas: each has its own connections and its own memory, as two processes have.
describe.each(sqlKinds)('the backups of two replicas on %s', (kind) => {
  let one: BackupsUnderTest;
  let other: BackupsUnderTest;
  beforeAll(async () => {
    one = await BackupsUnderTest.open(kind);
    other = await one.reopened();
    await one.act('before');
  });

  const ids = async (): Promise<string[]> => (await one.backups.listBackups()).map(({ id }) => id);
  /** Ends the sessions that hold a lock, as a lost network does. */
  async function endSessions(purpose: string): Promise<void> {
    const statement =
      kind === 'postgres'
        ? "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        : `BEGIN NOT ATOMIC KILL IS_USED_LOCK(CONCAT('simpletuner-', MD5(CONCAT(DATABASE(), '/${purpose}')))); END`;
    await one.database.run((manager) => manager.query(statement));
  }

  it('are deleted by one at a time, so that the last good one stays', async () => {
    await other.create();
    for (let round = 0; round < 3; round += 1) {
      const { id: newest } = await one.create();
      const [former = ''] = (await ids()).filter((id) => id !== newest);
      const outcomes = await Promise.allSettled([
        one.backups.remove(newest, tester),
        other.backups.remove(former, tester),
      ]);
      const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
      expect(refused.map(({ reason }) => (reason as { code: string }).code)).toEqual(['backup_last_good']);
      expect(await ids()).toHaveLength(1);
    }
  });

  it('are deleted by age and by hand at once, so that one stays', async () => {
    const old = [...(await ids()), (await one.create()).id];
    one.clock.advance(31 * DAY_MS);
    other.clock.advance(31 * DAY_MS);
    const [, newest] = old;
    await Promise.allSettled([one.backups.prune(tester), other.backups.remove(newest ?? '', tester)]);
    expect(await ids()).toHaveLength(1);
  });

  it('are made once by the schedule, however much the clocks of the two differ', async () => {
    const settings = loadConfig({
      SIMPLETUNER_HOME: one.config.paths.home,
      SIMPLETUNER_DATABASE_URL: one.config.settings.databaseUrl,
      SIMPLETUNER_BACKUP_SCHEDULE: '0 3 * * *',
    });
    const state = new SqlBackupStateRepository(one.database);
    await state.begin(one.clock.now());
    one.clock.advance(DAY_MS);
    other.clock.advance(DAY_MS + 1_200_000);
    const schedules = [one, other].map(({ backups, database, clock }) => {
      const world = new ScheduleWorld(settings, clock, new Lifecycle(), new HealthRegistry(clock));
      return new BackupSchedule(backups, new SqlBackupStateRepository(database), world);
    });
    const begun = (await state.read()).scheduledThroughMs;
    for (const schedule of schedules) schedule.start();
    await vi.waitFor(async () => expect((await state.read()).scheduledThroughMs).toBeGreaterThan(begun), {
      timeout: 20_000,
    });
    await Promise.all(schedules.map((schedule) => schedule.stop()));
    const scheduled = (await one.backups.listBackups()).filter(({ manifest }) => manifest?.trigger === 'scheduled');
    expect(scheduled).toHaveLength(1);
    expect(await state.read()).toMatchObject({ lastFailure: '', retryAtMs: 0 });
  });

  it('wait for the turn of another process, for a while', async () => {
    const turns = new DatabaseTurns(one.config.settings.databaseUrl);
    let release: () => void = () => undefined;
    let held: Promise<void> = Promise.resolve();
    await new Promise<void>((begun) => {
      held = turns.take(0, () => {
        begun();
        return new Promise((resolve) => (release = resolve));
      });
    });
    await expect(turns.take(0, () => Promise.resolve())).rejects.toMatchObject({ code: 'backup_busy' });
    const waiting = other.create();
    await expect(other.create()).rejects.toMatchObject({ code: 'backup_busy' });
    release();
    await held;
    expect((await waiting).manifest?.drill.status).toBe('passed');
  });

  const inServersOnly = kind === 'sqlite' ? () => undefined : it;
  inServersOnly('are not deleted by one whose turn was lost', async () => {
    const turns = new DatabaseTurns(one.config.settings.databaseUrl);
    await turns.take(0, async (turn) => {
      await turn.confirm();
      await endSessions('backup');
      await vi.waitFor(() => expect(turn.confirm()).rejects.toThrow());
      // And nobody has to wait for it.
      await new DatabaseTurns(one.config.settings.databaseUrl).take(10_000, () => Promise.resolve());
    });
  });

  inServersOnly('are restored when the other one was killed, but not while it is only silent', async () => {
    const backup = await one.create();
    await other.presence.enter();
    const [{ id } = { id: '' }] = await one.database.run((manager) =>
      manager.query<{ id: string }[]>('SELECT id FROM server_processes'),
    );
    const age = (byMs: number): Promise<unknown> =>
      one.database.run((manager) => manager.query(`UPDATE server_processes SET seen_at_ms = seen_at_ms - ${byMs}`));
    await age(20_000);
    await expect(one.backups.restore(backup.id)).rejects.toMatchObject({ code: 'backup_database_in_use' });
    await age(-20_000);
    await endSessions(`server-${id}`);
    // A server that has only lost its session has 12 s to say so.
    const sleep = vi.spyOn(SystemClock.prototype, 'sleep');
    const restoring = one.backups.restore(backup.id);
    await vi.waitFor(() => expect(sleep).toHaveBeenCalledWith(500), { timeout: 20_000 });
    await age(13_000);
    expect((await restoring).safetyCopy).toBeDefined();
    sleep.mockRestore();
    await other.presence.leave();
  });

  inServersOnly('are not restored under a server that has no session but goes on saying that it is there', async () => {
    const backup = await one.create();
    await other.presence.enter();
    const [{ id } = { id: '' }] = await one.database.run((manager) =>
      manager.query<{ id: string }[]>('SELECT id FROM server_processes'),
    );
    await endSessions(`server-${id}`);
    // It says so again and again.
    const sleep = vi.spyOn(SystemClock.prototype, 'sleep').mockImplementation(async () => {
      await one.database.run((manager) => manager.query('UPDATE server_processes SET seen_at_ms = seen_at_ms + 500'));
    });
    await expect(one.backups.restore(backup.id)).rejects.toMatchObject({ code: 'backup_database_in_use' });
    sleep.mockRestore();
    await other.presence.leave();
  });

  inServersOnly('are not restored under a server that has opened its lost session again', async () => {
    const backup = await one.create();
    await other.presence.enter();
    const [{ id } = { id: '' }] = await one.database.run((manager) =>
      manager.query<{ id: string }[]>('SELECT id FROM server_processes'),
    );
    await endSessions(`server-${id}`);
    await vi.waitFor(
      async () => {
        other.clock.advance(5_000);
        await expect(one.backups.restore(backup.id)).rejects.toMatchObject({ code: 'backup_database_in_use' });
      },
      { timeout: 30_000 },
    );
    await other.presence.leave();
  });

  inServersOnly(
    'are not restored under a server of before the sessions, which only says that it is there',
    async () => {
      const backup = await one.create();
      const beat = (byMs: number): Promise<unknown> =>
        one.database.run((manager) =>
          manager.query(`UPDATE server_processes SET seen_at_ms = seen_at_ms + ${byMs} WHERE id = 'former'`),
        );
      // Its row is made by a server of today, so that the time is that of the database.
      await other.presence.enter();
      await one.database.run((manager) =>
        manager.query("INSERT INTO server_processes SELECT 'former', host, seen_at_ms FROM server_processes"),
      );
      await other.presence.leave();
      const sleep = vi.spyOn(SystemClock.prototype, 'sleep');
      const restoring = expect(one.backups.restore(backup.id)).rejects.toMatchObject({
        code: 'backup_database_in_use',
      });
      await vi.waitFor(() => expect(sleep).toHaveBeenCalledWith(500), { timeout: 20_000 });
      await beat(5_000);
      await restoring;
      sleep.mockRestore();
      await beat(-60_000);
    },
  );
});
