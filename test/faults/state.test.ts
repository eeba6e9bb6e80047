import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { SystemClock } from '#libs/clock';
import { openStateBackend, StateUnavailable, type StateBackend } from '#libs/state';
import { startMariaDb, startPostgres, startRedis, type ServerProcess } from '../support/servers.js';

const timeoutMs = 1_500;
const recoveryMs = 60_000;
const servers = { redis: startRedis, postgresql: startPostgres, mysql: startMariaDb } as const;
const kinds = (Object.keys(servers) as (keyof typeof servers)[]).filter(
  (kind) => process.env['DRIVERS']?.split(',').includes(kind) ?? true,
);

describe.each(kinds)('A lost %s', (kind) => {
  let server: ServerProcess;
  let backend: StateBackend;

  const open = (): Promise<StateBackend> =>
    openStateBackend({ kind, url: server.url, poolSize: 3, timeoutMs, keyPrefix: 'st:', clock: new SystemClock() });
  const calls = (): Promise<unknown>[] => [
    backend.window.hit('k', 10, 60_000),
    backend.window.hit('k', 5_000, 60_000),
    backend.window.peek('k', 10, 60_000),
    backend.store.get('k'),
    backend.store.increment('k'),
    backend.store.setFields('k', new Map([['f', 'x']])),
    backend.store.acquireLease('k', 'me', 1_000),
    backend.store.publish('k', 'x'),
    backend.ping(),
  ];
  const recovered = (): Promise<unknown> =>
    vi.waitUntil(
      () =>
        backend.ping().then(
          () => true,
          () => false,
        ),
      { timeout: recoveryMs, interval: 50 },
    );

  beforeAll(async () => {
    server = await servers[kind]();
    backend = await open();
  });
  afterEach(() => server.thaw());
  afterAll(async () => {
    await backend.close();
    await server.remove();
  });

  it('fails every call while it is stopped, and serves again by itself when it is back', async () => {
    await Promise.all(calls());
    await server.stop();
    for (const outcome of await Promise.allSettled(calls())) {
      expect(outcome.status === 'rejected' && outcome.reason).toBeInstanceOf(StateUnavailable);
    }
    await server.restart();
    await recovered();
    await Promise.all(calls());
    expect((await backend.window.hit('after', 10, 60_000)).allowed).toBe(true);
  });

  it('says nothing of addresses, statements or keys when it fails', async () => {
    await server.stop();
    const reason: unknown = await backend.store.get('secret key').catch((error: unknown) => error);
    await server.restart();
    await recovered();
    expect(reason).toBeInstanceOf(StateUnavailable);
    const { message } = reason as StateUnavailable;
    expect(message).not.toMatch(/secret|SELECT|127\.0\.0\.1|:\d{3,}/i);
  });

  it('gives every call up within its time when it is frozen, more calls than connections too', async () => {
    await Promise.all(calls());
    const clock = new SystemClock();
    server.freeze();
    const startedMs = clock.monotonicMs();
    const outcomes = await Promise.allSettled([...calls(), ...calls()]);
    const passedMs = clock.monotonicMs() - startedMs;
    for (const outcome of outcomes)
      expect(outcome.status === 'rejected' && outcome.reason).toBeInstanceOf(StateUnavailable);
    // Not a measure of speed: twice the time-out is where a second wait would have been hidden.
    expect(passedMs).toBeLessThan(2 * timeoutMs);
    server.thaw();
    await recovered();
    await Promise.all(calls());
  });

  it('does not start on a frozen server, and says so in time', async () => {
    server.freeze();
    await expect(open()).rejects.toThrow(StateUnavailable);
    server.thaw();
    const late = await open();
    await late.ping();
    await late.close();
  });

  it('closes in time while the server is frozen', async () => {
    const other = await open();
    await other.ping();
    server.freeze();
    await other.close();
    await expect(other.ping()).rejects.toThrow(StateUnavailable);
    server.thaw();
    await recovered();
  });

  it('hears messages again after the server came back', async () => {
    const heard: string[] = [];
    const subscription = await backend.store.subscribe('news', (message) => heard.push(message));
    await server.restart();
    await recovered();
    let sent = 0;
    await vi.waitUntil(
      async () => {
        await backend.store.publish('news', `news ${(sent += 1)}`).catch(() => undefined);
        return heard.length > 0;
      },
      { timeout: recoveryMs, interval: 100 },
    );
    expect(heard[0]).toMatch(/^news \d+$/);
    await subscription.unsubscribe();
  });

  it('never counts a call twice that was cut off: what it answered is what it counted', async () => {
    let allowed = 0;
    let unknown = 0;
    let stopping: Promise<void> | undefined;
    const burst = Array.from({ length: 400 }, async (_, index) => {
      if (index === 200) stopping = server.restart();
      await backend.window.hit('cut off', 1_000, 3_600_000).then(
        () => (allowed += 1),
        () => (unknown += 1),
      );
    });
    await Promise.all(burst);
    await stopping;
    await recovered();
    const { count } = await backend.window.peek('cut off', 1_000, 3_600_000);
    // Redis and unlogged tables may forget with the restart; nothing is ever counted that nobody asked for.
    expect(count).toBeLessThanOrEqual(allowed + unknown);
  });
});
