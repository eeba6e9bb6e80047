import { describe, expect, it } from 'vitest';
import { ManualClock } from '#libs/clock';
import { StateUnavailable } from '#libs/state';
import { MemoryStore } from '../state/memory/memory-store.js';
import { CircuitBreaker, type CircuitStore } from './circuit-breaker.js';

function scene() {
  const clock = new ManualClock();
  const memory = new MemoryStore(clock);
  const switchboard = { isUp: true, calls: 0 };
  const guarded = <T>(call: () => Promise<T>): Promise<T> => {
    switchboard.calls += 1;
    return switchboard.isUp ? call() : Promise.reject(new StateUnavailable('down'));
  };
  const store: CircuitStore = {
    nowMs: () => guarded(() => memory.nowMs()),
    get: (key) => guarded(() => memory.get(key)),
    compareAndSet: (...change) => guarded(() => memory.compareAndSet(...change)),
    increment: (...change) => guarded(() => memory.increment(...change)),
    counter: (key) => guarded(() => memory.counter(key)),
  };
  const open = (): CircuitBreaker => new CircuitBreaker('p', store, clock);
  return { clock, switchboard, open };
}

async function call(breaker: CircuitBreaker, isSuccess: boolean): Promise<boolean> {
  const entry = await breaker.enter();
  if ('retryAfterMs' in entry) return false;
  await entry.end(isSuccess);
  return true;
}

async function fail(breaker: CircuitBreaker, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) await call(breaker, false);
}

describe('CircuitBreaker', () => {
  it('is one for all that share the store', async () => {
    const { clock, open } = scene();
    const [one, other] = [open(), open()];
    await fail(one, 3);
    await fail(other, 2);
    expect(await one.enter()).toEqual({ retryAfterMs: 60_000 });
    expect(await other.report()).toEqual({
      state: 'open',
      retryAfterMs: 60_000,
      failures: 0,
      failuresTotal: 5,
      isShared: true,
    });
    clock.advance(60_000);
    expect(await other.report()).toMatchObject({ state: 'half_open', retryAfterMs: 0 });
    expect([await call(one, true), await call(other, true)]).toEqual([true, true]);
    expect(await one.report()).toMatchObject({ state: 'closed', failures: 0, failuresTotal: 5 });
  });

  it('lets the next call through after a reset', async () => {
    const { open } = scene();
    const breaker = open();
    await fail(breaker, 5);
    expect(await call(breaker, true)).toBe(false);
    await breaker.reset();
    expect(await call(breaker, true)).toBe(true);
  });

  it('asks the store once for a call that goes well', async () => {
    const { open, switchboard } = scene();
    const breaker = open();
    await call(breaker, true);
    expect(switchboard.calls).toBe(1);
  });

  it('goes on with what it knew while the store does not answer, and loses no failure', async () => {
    const { clock, open, switchboard } = scene();
    const breaker = open();
    await fail(breaker, 4);
    switchboard.isUp = false;
    await fail(breaker, 1);
    expect(await breaker.enter()).toEqual({ retryAfterMs: 60_000 });
    expect(await breaker.report()).toMatchObject({ state: 'open', failuresTotal: 5, isShared: false });
    clock.advance(60_000);
    expect([await call(breaker, true), await call(breaker, true)]).toEqual([true, true]);
    switchboard.isUp = true;
    expect(await breaker.report()).toMatchObject({ failuresTotal: 5, isShared: true });
    expect(await open().report()).toMatchObject({ failuresTotal: 5 });
  });
});
