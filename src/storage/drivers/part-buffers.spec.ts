import { describe, expect, it } from 'vitest';
import { ManualClock } from '#libs/clock';
import { PartBuffers } from './part-buffers.js';

describe('PartBuffers', () => {
  const clock = new ManualClock();
  const fresh = (): PartBuffers => new PartBuffers(10, { buffersMax: 2, ownerBuffersMax: 2, waitMs: 1_000 }, clock);

  it('makes no more than it may, hands them out in turn, and uses them again', async () => {
    const buffers = fresh();
    const [first, second] = [await buffers.take('job'), await buffers.take('job')];
    expect([first.length, second.length, buffers.tryTake('job')]).toEqual([10, 10, undefined]);
    const [third, fourth] = [buffers.take('job'), buffers.take('job')];
    buffers.giveBack(first);
    buffers.giveBack(second);
    expect(await third).toBe(first);
    expect(await fourth).toBe(second);
    buffers.giveBack(first);
    expect(buffers.tryTake('job')).toBe(first);
  });

  it('tells those to slow down who have waited for too long, and forgets them', async () => {
    const buffers = fresh();
    const held = await buffers.take('job');
    await buffers.take('job');
    const late = buffers.take('job');
    clock.advance(500);
    const inTime = buffers.take('job');
    clock.advance(500);
    await expect(late).rejects.toMatchObject({ code: 'SlowDown' });
    buffers.giveBack(held);
    expect(await inTime).toBe(held);
  });

  it('gives one owner its share and no more, whatever the others leave', async () => {
    const buffers = new PartBuffers(10, { buffersMax: 3, ownerBuffersMax: 1, waitMs: 1_000 }, clock);
    const greedy = await buffers.take('greedy');
    expect(buffers.tryTake('greedy')).toBeUndefined();
    const second = buffers.take('greedy');
    const [one, two] = [buffers.tryTake('one'), await buffers.take('two')];
    expect([one?.length, two.length]).toEqual([10, 10]);
    const three = buffers.take('three');
    // The one that waited longer has not had its turn: it still holds its share.
    buffers.giveBack(two);
    expect(await three).toBe(two);
    buffers.giveBack(greedy);
    expect(await second).toBe(greedy);
  });
});
