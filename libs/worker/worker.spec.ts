import { describe, expect, it, vi } from 'vitest';
import { ManualClock } from '#libs/clock';
import { Lifecycle, Loop } from './index.js';

function loop(work: () => Promise<boolean | void>, clock = new ManualClock(), onError = vi.fn()) {
  return {
    clock,
    onError,
    loop: new Loop({ name: 'test', intervalMs: 1_000, roundTimeoutMs: 5_000, clock, work, onError }),
  };
}

describe('Loop', () => {
  it('works at once, then every interval, and at once when woken', async () => {
    let rounds = 0;
    const { loop: subject, clock } = loop(() => Promise.resolve(void (rounds += 1)));
    subject.start();
    await vi.waitFor(() => expect(rounds).toBe(1));
    await vi.waitFor(() => {
      clock.advance(1_000);
      expect(rounds).toBeGreaterThanOrEqual(2);
    });
    const before = rounds;
    subject.wake();
    await vi.waitFor(() => expect(rounds).toBeGreaterThan(before));
    await subject.stop();
  });

  it('goes on at once while more work is waiting', async () => {
    let left = 5;
    const { loop: subject } = loop(() => Promise.resolve((left -= 1) > 0));
    subject.start();
    await vi.waitFor(() => expect(left).toBe(0));
    await subject.stop();
  });

  it('reports a failed round and goes on', async () => {
    const work = vi.fn().mockRejectedValueOnce(new Error('broken')).mockResolvedValue(undefined);
    const { loop: subject, onError } = loop(work);
    subject.start();
    await vi.waitFor(() => expect(onError).toHaveBeenCalledTimes(1));
    subject.wake();
    await vi.waitFor(() => expect(work).toHaveBeenCalledTimes(2));
    await subject.stop();
  });
});

describe('Lifecycle', () => {
  it('stops in the reverse order, everything even when one fails, and tells who is silent', async () => {
    const events: string[] = [];
    const lifecycle = new Lifecycle();
    for (const name of ['a', 'b', 'c', 'd']) {
      lifecycle.add({
        name,
        start: () => void events.push(`start ${name}`),
        stop: () => {
          events.push(`stop ${name}`);
          if (name === 'd') throw new Error('d will not stop');
          return name === 'b' ? Promise.reject(new Error('b will not stop')) : Promise.resolve();
        },
        pulse: () => ({ lastBeatMs: name === 'b' ? 0 : 900, allowedSilenceMs: 500 }),
      });
    }
    await lifecycle.start();
    expect(lifecycle.silentWorkers(1_000)).toEqual(['b']);
    await expect(lifecycle.stop()).rejects.toThrow('d will not stop');
    expect(events.slice(4)).toEqual(['stop d', 'stop c', 'stop b', 'stop a']);
    expect(events.slice(0, 4)).toEqual(['start a', 'start b', 'start c', 'start d']);
  });

  it('stands still for a while, but for workers that may work on, and not in a server that is stopping', async () => {
    const events: string[] = [];
    const lifecycle = new Lifecycle();
    for (const name of ['a', 'b', 'through']) {
      lifecycle.add({
        name,
        worksThroughPauses: name === 'through',
        start: () => void events.push(`start ${name}`),
        stop: () => Promise.resolve(void events.push(`stop ${name}`)),
      });
    }
    await expect(lifecycle.pause('too early', () => Promise.resolve())).rejects.toThrow('Only a running server');
    await lifecycle.start();
    events.length = 0;
    const failing = lifecycle.pause('a reason', () => {
      events.push(`work: ${lifecycle.pausedBecause} ${lifecycle.isRunning}`);
      return Promise.reject(new Error('the work failed'));
    });
    await expect(failing).rejects.toThrow('the work failed');
    expect(events).toEqual(['stop b', 'stop a', 'work: a reason false', 'start a', 'start b']);
    expect([lifecycle.pausedBecause, lifecycle.isRunning]).toEqual([undefined, true]);
    events.length = 0;
    await lifecycle.pause('a reason', () => {
      lifecycle.beginDraining();
      return Promise.resolve();
    });
    expect([events, lifecycle.isDraining]).toEqual([['stop b', 'stop a'], true]);
  });

  it('starts again whatever it has stopped, also when a worker fails to stop or to start', async () => {
    const events: string[] = [];
    const failing = new Set<string>();
    const lifecycle = new Lifecycle();
    const note = (event: string): Promise<void> => {
      events.push(event);
      return failing.has(event) ? Promise.reject(new Error(`cannot ${event}`)) : Promise.resolve();
    };
    for (const name of ['a', 'b', 'c']) {
      lifecycle.add({ name, isOutermost: name === 'c', start: () => note(`start ${name}`), stop: () => note(`stop ${name}`) }); // prettier-ignore
    }
    await lifecycle.start();
    expect(events.splice(0)).toEqual(['start c', 'start a', 'start b']);
    failing.add('stop a');
    await expect(lifecycle.pause('a reason', () => note('work'))).rejects.toThrow('cannot stop a');
    expect(events.splice(0)).toEqual(['stop b', 'stop a', 'start a', 'start b']);
    failing.add('start a');
    failing.delete('stop a');
    // What was done in the pause was done.
    expect(await lifecycle.pause('a reason', () => note('work').then(() => 'done'))).toBe('done');
    expect(events.splice(0)).toEqual(['stop b', 'stop a', 'stop c', 'work', 'start c', 'start a', 'start b']);
    expect([lifecycle.pausedBecause, lifecycle.isRunning]).toEqual([undefined, true]);
  });
});
