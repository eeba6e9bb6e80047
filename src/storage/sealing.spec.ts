import { describe, expect, it } from 'vitest';
import { ManualClock } from '#libs/clock';
import { Sealing } from './sealing.js';

const SMALL = 64 * 1024;
const LARGE = 8 * 1024 * 1024;

function gate(): { readonly opened: Promise<string>; open(name: string): void } {
  let open: (name: string) => void = () => undefined;
  const opened = new Promise<string>((resolve) => (open = resolve));
  return { opened, open: (name) => open(name) };
}

describe('a commit', () => {
  const clock = new ManualClock();

  it('waits until every small upload is durable, and those have told what they publish', async () => {
    const sealing = new Sealing(clock);
    const [first, second] = [gate(), gate()];
    const order: string[] = [];
    const told = [first, second].map(async ({ opened }) => order.push(await sealing.run(SMALL, () => opened)));
    const rested = sealing.rest(2).then(() => order.push('commit'));
    first.open('first');
    await told[0];
    second.open('second');
    await Promise.all([...told, rested]);
    expect(order).toEqual(['first', 'second', 'commit']);
  });

  it('waits neither for large uploads nor when there is none', async () => {
    const sealing = new Sealing(clock);
    const large = gate();
    const sealed = sealing.run(LARGE, () => large.opened);
    await sealing.rest(2);
    large.open('large');
    expect(await sealed).toBe('large');
  });

  it('waits no longer than it was told, and not for one that failed', async () => {
    const sealing = new Sealing(clock);
    const slow = gate();
    const sealed = sealing.run(SMALL, () => slow.opened);
    const rested = sealing.rest(2);
    clock.advance(2);
    await rested;
    slow.open('slow');
    await sealed;
    const failed = sealing.run(SMALL, () => Promise.reject(new Error('ENOSPC')));
    const next = sealing.rest(2);
    await expect(failed).rejects.toThrow('ENOSPC');
    await next;
  });
});
