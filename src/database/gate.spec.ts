import { describe, expect, it, vi } from 'vitest';
import { ManualClock } from '#libs/clock';
import { isUnavailable } from './errors.js';
import { Gate } from './gate.js';

function held(): { readonly promise: Promise<void>; release(): void } {
  let release: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => (release = resolve));
  return { promise, release: () => release() };
}

describe('Gate', () => {
  it('waits for those inside, keeps others outside, and lets its owner through', async () => {
    const gate = new Gate(new ManualClock());
    const events: string[] = [];
    const note = (text: string) => (): Promise<void> => Promise.resolve(void events.push(text));
    const inside = held();
    const before = gate.pass(() => inside.promise).then(note('before'));
    const closed = gate.whileClosed(() => gate.pass(note('owner')));
    const after = gate.pass(note('after'));
    expect(gate.isClosed).toBe(true);
    inside.release();
    await Promise.all([before, closed, after]);
    expect(events).toEqual(['before', 'owner', 'after']);
    expect(gate.isClosed).toBe(false);
  });

  it('opens again when the work fails', async () => {
    const gate = new Gate(new ManualClock());
    await expect(gate.whileClosed(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    expect(await gate.pass(() => Promise.resolve(1))).toBe(1);
  });

  it('gives up on those who do not leave, and tells those who wait too long to come again', async () => {
    const clock = new ManualClock();
    const gate = new Gate(clock);
    const inside = held();
    const work = vi.fn(() => Promise.resolve());
    const entered = gate.pass(() => inside.promise);
    const closing = expect(gate.whileClosed(work)).rejects.toSatisfy(isUnavailable);
    clock.advance(30_000);
    await closing;
    inside.release();
    await entered;

    const owner = held();
    const closed = gate.whileClosed(() => owner.promise);
    const waiting = expect(gate.pass(work)).rejects.toSatisfy(isUnavailable);
    clock.advance(30_000);
    await waiting;
    expect(work).not.toHaveBeenCalled();
    owner.release();
    await closed;
  });
});
