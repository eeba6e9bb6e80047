import { afterEach, describe, expect, it } from 'vitest';
import { ManualClock } from '#libs/clock';
import { closeLogs, configureLogging, logLevel } from '#libs/log';
import { openStateBackend, StateUnavailable, type StateStore } from '#libs/state';
import { Lifecycle } from '#libs/worker';
import type { Config } from '../config/index.js';
import { SharedLogLevel } from './shared-log-level.js';

const config = { settings: { logLevel: 'INFO' } } as unknown as Config;

async function memoryState(clock: ManualClock): Promise<StateStore> {
  return (await openStateBackend({ kind: 'memory', url: '', poolSize: 1, timeoutMs: 1, keyPrefix: '', clock })).store;
}

describe('SharedLogLevel', () => {
  afterEach(() => closeLogs());

  it('changes the level in every process, and returns by itself', async () => {
    configureLogging({ level: 'INFO', output: () => undefined });
    const clock = new ManualClock();
    const state = await memoryState(clock);
    const here = new SharedLogLevel(state, config, clock, new Lifecycle());
    const there = new SharedLogLevel(state, config, clock, new Lifecycle());
    await Promise.all([here.start(), there.start()]);
    await here.change({ level: 'DEBUG', expiresAtMs: clock.now() + 60_000 });
    expect([logLevel(), here.current?.level, there.current?.level]).toEqual(['DEBUG', 'DEBUG', 'DEBUG']);
    const late = new SharedLogLevel(state, config, clock, new Lifecycle());
    await late.start();
    expect(late.current?.level).toBe('DEBUG');
    clock.advance(60_000);
    expect([logLevel(), here.current, there.current, late.current]).toEqual(['INFO', undefined, undefined, undefined]);
  });

  it('changes the level here when the state backend does not answer', async () => {
    configureLogging({ level: 'INFO', output: () => undefined });
    const clock = new ManualClock();
    const state = await memoryState(clock);
    state.set = () => Promise.reject(new StateUnavailable('down'));
    const here = new SharedLogLevel(state, config, clock, new Lifecycle());
    await here.change({ level: 'ERROR', expiresAtMs: clock.now() + 60_000 });
    expect(logLevel()).toBe('ERROR');
  });
});
