import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { DataSource } from 'typeorm';
import { createDataSource, type Schema } from '../../src/database/index.js';
import { EventEntity } from '../../src/events/index.js';
import { freshDatabase } from '../support/databases.js';
import { ServerProcess } from '../support/server.js';
import { sqlKinds } from '../support/sql.js';

/** Enough that replacing the records takes a while. */
const ROWS = 1_000;
const ROWS_AT_ONCE = 100;
const ROW_TEXT = 'x'.repeat(4_000);

const STILL = 'the records stand still';
const REPLACING = 'replacing the records';
const RESTORED = 'A backup was restored';

const bulk: Schema = { entities: [EventEntity], migrations: [] };

/** What the records say: how many rows of each lot there are, which keys, and whether the audit log is whole. */
interface State {
  readonly former: number;
  readonly later: number;
  readonly keys: string;
  readonly isAuditValid: boolean;
}
const former: State = { former: ROWS, later: 0, keys: 'former', isAuditValid: true };
const later: State = { former: ROWS, later: ROWS, keys: 'former,later', isAuditValid: true };

describe.each(sqlKinds)('a server on %s that is killed during a restore', (kind) => {
  let server: ServerProcess;
  let source: DataSource;
  /** Of the two states. */
  let backups: { former: string; later: string };

  async function fill(lot: string): Promise<void> {
    for (let row = 0; row < ROWS; row += ROWS_AT_ONCE) {
      const rows = Array.from({ length: ROWS_AT_ONCE }, () => {
        return { type: lot, payload: { text: ROW_TEXT }, userId: 'nobody', createdAtMs: Date.now() };
      });
      await source.manager.insert(EventEntity, rows);
    }
    expect((await server.send('POST', '/api/auth/api-keys', { name: lot })).status).toBe(201);
  }

  async function backup(): Promise<string> {
    return ((await (await server.send('POST', '/api/backup', {})).json()) as { id: string }).id;
  }

  beforeAll(async () => {
    const databaseUrl = await freshDatabase(kind);
    server = await ServerProcess.start({ env: { SIMPLETUNER_DATABASE_URL: databaseUrl } });
    source = await createDataSource({ databaseUrl, databasePoolSize: 2 }, bulk).initialize();
    await fill('former');
    const first = await backup();
    await fill('later');
    backups = { former: first, later: await backup() };
  });
  afterAll(async () => {
    await server.dispose();
    await source.destroy();
  });

  async function state(): Promise<State> {
    const count = (type: string): Promise<number> => source.manager.countBy(EventEntity, { type });
    const { api_keys: keys } = await server.json<{ api_keys: { name: string }[] }>('/api/auth/api-keys');
    const { valid } = await server.json<{ valid: boolean }>('/api/audit/verify');
    const names = keys.map(({ name }) => name).sort();
    return { former: await count('former'), later: await count('later'), keys: names.join(), isAuditValid: valid };
  }

  /** Programs that the killed server has started and that still work with the database. */
  async function orphans(): Promise<number> {
    if (kind !== 'postgres') return 0;
    const rows: unknown[] = await source.query(
      "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name IN ('psql', 'pg_restore', 'pg_dump')",
    );
    return rows.length;
  }

  /** Restores the state that is not there, and kills the server some turns after it has said `word`. */
  async function killedAfter(word: string, turns: number): Promise<{ before: State; target: State; after: State }> {
    const before = await state();
    const target = before.later === 0 ? later : former;
    const from = server.log.length;
    const id = target === later ? backups.later : backups.former;
    const answer = server.send('POST', `/api/backup/${id}/restore`).catch(() => undefined);
    await vi.waitFor(() => expect(server.log.slice(from)).toContain(word), { timeout: 30_000, interval: 1 });
    for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
    await server.kill();
    await answer;
    // A restore waits until a killed server has been silent for 12 s: as if these were over.
    if (kind !== 'sqlite') await source.query('DELETE FROM server_processes');
    await server.restart();
    const after = await state();
    // Nothing that the killed server has begun comes to an end later.
    await vi.waitFor(async () => expect(await orphans()).toBe(0), { timeout: 30_000 });
    expect(await state()).toEqual(after);
    return { before, target, after };
  }

  it('while it keeps what is there: has the old records', async () => {
    const { before, after } = await killedAfter(STILL, 0);
    expect(after).toEqual(before);
  });

  // A different number of turns of the event loop: the kill meets the database in another state each time.
  it.each([0, 300])('while it replaces the records (%i turns): has all old or all new ones', async (turns) => {
    const { after } = await killedAfter(REPLACING, turns);
    expect([former, later]).toContainEqual(after);
  });

  it('after it: has the new records, and can be given the others', async () => {
    const { target, after } = await killedAfter(RESTORED, 0);
    expect(after).toEqual(target);
    const other = target === later ? former : later;
    const id = other === later ? backups.later : backups.former;
    expect((await server.send('POST', `/api/backup/${id}/restore`)).status).toBe(200);
    expect(await state()).toEqual(other);
  });
});
