import { describe, expect, it } from 'vitest';
import { ManualClock } from '#libs/clock';
import { PartBuffers } from './part-buffers.js';

describe('PartBuffers', () => {
  const clock = new ManualClock();
  const fresh = (): PartBuffers => new PartBuffers(10, { buffersMax: 2, waitMs: 1_000 }, clock);

  it('makes no more than it may, hands them out in turn, and uses them again', async () => {
    const buffers = fresh();
    const [first, second] = [await buffers.take(), await buffers.take()];
    expect([first.length, second.length, buffers.tryTake()]).toEqual([10, 10, undefined]);
    const [third, fourth] = [buffers.take(), buffers.take()];
    buffers.giveBack(first);
    buffers.giveBack(second);
    expect(await third).toBe(first);
    expect(await fourth).toBe(second);
    buffers.giveBack(first);
    expect(buffers.tryTake()).toBe(first);
  });

  it('tells those to slow down who have waited for too long, and forgets them', async () => {
    const buffers = fresh();
    const held = await buffers.take();
    await buffers.take();
    const late = buffers.take();
    clock.advance(500);
    const inTime = buffers.take();
    clock.advance(500);
    await expect(late).rejects.toMatchObject({ code: 'SlowDown' });
    buffers.giveBack(held);
    expect(await inTime).toBe(held);
  });
});
