import BetterSqlite from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SystemClock } from '#libs/clock';
import { openStateBackend, StateUnavailable, type StateBackend } from '#libs/state';
import { freshDatabase } from '../support/databases.js';

describe('An SQLite file that another process holds', () => {
  let url: string;
  let backend: StateBackend;
  let holder: BetterSqlite.Database;

  beforeAll(async () => {
    url = await freshDatabase('sqlite');
    backend = await openStateBackend({
      kind: 'sqlite',
      url,
      poolSize: 1,
      timeoutMs: 200,
      keyPrefix: 'st:',
      clock: new SystemClock(),
    });
    holder = new BetterSqlite(url.replace('sqlite://', ''));
  });
  afterAll(async () => {
    holder.close();
    await backend.close();
  });

  it('fails writes in time, serves reads meanwhile, and serves writes again when it is let go', async () => {
    await backend.store.set('k', 'before');
    holder.exec('BEGIN IMMEDIATE');
    await expect(backend.window.hit('k', 10, 1_000)).rejects.toThrow(StateUnavailable);
    await expect(backend.store.set('k', 'x')).rejects.toThrow('SQLITE_BUSY');
    expect(await backend.store.get('k')).toBe('before');
    holder.exec('COMMIT');
    expect(await backend.window.hit('k', 10, 1_000)).toMatchObject({ allowed: true, count: 1 });
  });

  it('leaves the event loop free while it waits', async () => {
    holder.exec('BEGIN IMMEDIATE');
    const hit = backend.window.hit('free', 10, 60_000);
    // Were the wait inside SQLite, this process could not end it, and the hit would fail.
    await new Promise((resolve) => setImmediate(resolve));
    await new SystemClock().sleep(20);
    holder.exec('COMMIT');
    expect((await hit).allowed).toBe(true);
  });

  it('fails only the call whose work fails, not its neighbours in the transaction', async () => {
    holder.exec("INSERT INTO state_entries (key, value) VALUES ('st:h:broken', 'not JSON')");
    const outcomes = await Promise.allSettled([
      backend.store.increment('neighbour'),
      backend.store.setFields('broken', new Map([['a', 'b']])),
      backend.store.increment('neighbour'),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await backend.store.counter('neighbour')).toBe(2);
  });

  it('refuses to open what is not a database', async () => {
    const options = {
      kind: 'sqlite',
      poolSize: 1,
      timeoutMs: 200,
      keyPrefix: 'st:',
      clock: new SystemClock(),
    } as const;
    await expect(openStateBackend({ ...options, url: 'sqlite:///proc/self/state.db' })).rejects.toThrow(
      StateUnavailable,
    );
  });
});
