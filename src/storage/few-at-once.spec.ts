import { describe, expect, it } from 'vitest';
import { fewAtOnce } from './few-at-once.js';

describe('fewAtOnce', () => {
  it('does the work for all, as many at a time as it may', async () => {
    let running = 0;
    let most = 0;
    const done: string[] = [];
    await fewAtOnce(['a', 'b', 'c', 'd', 'e'], 2, async (item, index) => {
      most = Math.max(most, (running += 1));
      await new Promise(setImmediate);
      running -= 1;
      done.push(`${index}${item}`);
    });
    expect(done.sort()).toEqual(['0a', '1b', '2c', '3d', '4e']);
    expect(most).toBe(2);
    await fewAtOnce([], 2, () => Promise.reject(new Error('There is nothing to do')));
  });

  it('begins nothing after a failure, and ends when all that was begun has ended', async () => {
    const [begun, ended]: [number[], number[]] = [[], []];
    const work = fewAtOnce([1, 2, 3, 4], 2, async (item) => {
      begun.push(item);
      if (item === 1) throw new Error('first');
      await new Promise(setImmediate);
      ended.push(item);
    });
    await expect(work).rejects.toThrow('first');
    expect([begun, ended]).toEqual([[1, 2], [2]]);
  });
});
