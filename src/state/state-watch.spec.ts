import { describe, expect, it } from 'vitest';
import { ManualClock } from '#libs/clock';
import { StateUnavailable } from '#libs/state';
import { stateRequestLimits } from './state-limits.js';
import { StateWatch } from './state-watch.js';

const { requestTimeoutMs, probeIntervalMs } = stateRequestLimits;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function watchOver(): { clock: ManualClock; watch: StateWatch; store: { isUp: boolean; pings: number } } {
  const clock = new ManualClock();
  const store = { isUp: true, pings: 0 };
  const ping = async (): Promise<void> => {
    store.pings += 1;
    if (!store.isUp) throw new StateUnavailable('down');
  };
  return { clock, store, watch: new StateWatch({ ping }, clock) };
}

const never = (): Promise<never> => new Promise(() => undefined);

describe('StateWatch', () => {
  it('passes on what the store answers', async () => {
    const { watch } = watchOver();
    expect(await watch.run(async () => 7)).toBe(7);
    expect(watch.isAvailable).toBe(true);
  });

  it('gives a call up after its time, then makes none until a ping succeeds', async () => {
    const { clock, store, watch } = watchOver();
    const hung = watch.run(never);
    clock.advance(requestTimeoutMs);
    await expect(hung).rejects.toBeInstanceOf(StateUnavailable);
    let calls = 0;
    await expect(watch.run(async () => (calls += 1))).rejects.toBeInstanceOf(StateUnavailable);
    expect(calls).toBe(0);
    store.isUp = false;
    for (let probe = 1; probe <= 3; probe += 1) {
      clock.advance(probeIntervalMs);
      await turn();
      expect([store.pings, watch.isAvailable]).toEqual([probe, false]);
    }
    expect(watch.downForMs).toBe(3 * probeIntervalMs);
    store.isUp = true;
    clock.advance(probeIntervalMs);
    await turn();
    expect([watch.isAvailable, watch.downForMs]).toEqual([true, 0]);
    expect(await watch.run(async () => 8)).toBe(8);
  });

  it('does not blame the store for a stall of this process', async () => {
    const { clock, watch } = watchOver();
    const answered = watch.run(async () => {
      clock.advance(requestTimeoutMs * 3);
      return 9;
    });
    expect(await answered).toBe(9);
    expect(watch.isAvailable).toBe(true);
  });

  it('does not take an argument that the store refuses for an outage', async () => {
    const { watch } = watchOver();
    await expect(watch.run(() => Promise.reject(new RangeError('too long')))).rejects.toBeInstanceOf(RangeError);
    expect(watch.isAvailable).toBe(true);
  });

  it('asks no more once it is closed', async () => {
    const { clock, store, watch } = watchOver();
    await expect(watch.run(() => Promise.reject(new StateUnavailable('down')))).rejects.toThrow('down');
    watch.close();
    clock.advance(probeIntervalMs * 10);
    await turn();
    expect(store.pings).toBe(0);
  });
});
