import { describe, expect, it } from 'vitest';
import { ManualClock, SystemClock } from './index.js';

describe('ManualClock', () => {
  it('fires timers in the order in which they fall due', () => {
    const clock = new ManualClock(0);
    const fired: string[] = [];
    clock.after(20, () => fired.push(`late@${clock.now()}`));
    clock.after(10, () => fired.push(`early@${clock.now()}`));
    const ticking = clock.every(15, () => fired.push(`tick@${clock.now()}`));
    clock.advance(31);
    ticking.stop();
    clock.advance(100);
    expect(fired).toEqual(['early@10', 'tick@15', 'late@20', 'tick@30']);
  });

  it('ends a sleep early when its signal aborts', async () => {
    const clock = new ManualClock();
    const abort = new AbortController();
    const sleeping = clock.sleep(1_000, abort.signal);
    abort.abort();
    await sleeping;
    expect(clock.now()).toBe(Date.UTC(2026, 0, 1));
  });
});

describe('SystemClock', () => {
  it('ends a sleep early when its signal aborts', async () => {
    const clock = new SystemClock();
    const abort = new AbortController();
    const sleeping = clock.sleep(3_600_000, abort.signal);
    abort.abort();
    await expect(sleeping).resolves.toBeUndefined();
  });
});
