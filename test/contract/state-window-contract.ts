import { beforeAll, describe, expect, it, vi } from 'vitest';
import { StateLimitExceeded, type SlidingWindow, type StateBackend } from '#libs/state';
import type { StateDriver } from './state-drivers.js';

const minute = 60_000;

/** What every driver promises of `SlidingWindow`, one caller at a time. */
export function slidingWindowContract(driver: StateDriver): void {
  let backend: StateBackend;
  let window: SlidingWindow;
  beforeAll(async () => {
    backend = await driver.open(await driver.place());
    window = backend.window;
  });

  describe(`SlidingWindow over ${driver.kind}: exact, up to 1,000`, () => {
    it('counts hits up to the limit, then refuses and tells when the oldest leaves', async () => {
      const first = await window.hit('basic', 3, minute);
      expect(first).toMatchObject({
        allowed: true,
        count: 1,
        limit: 3,
        remaining: 2,
        retryAfterMs: 0,
        cost: 1,
        windowMs: minute,
      });
      expect(first.resetAtMs).toBe(first.nowMs + minute);
      expect(await window.hit('basic', 3, minute, 2)).toMatchObject({
        allowed: true,
        count: 3,
        remaining: 0,
        resetAtMs: first.resetAtMs,
      });
      const refused = await window.hit('basic', 3, minute);
      expect(refused).toMatchObject({ allowed: false, count: 3, remaining: 0, resetAtMs: first.resetAtMs });
      expect(refused.retryAfterMs).toBe(first.resetAtMs - refused.nowMs);
      expect(await window.hit('basic 2', 3, minute)).toMatchObject({ allowed: true, count: 1 });
    });

    it('refuses a cost that does not fit, and tells when enough will have left', async () => {
      await window.hit('cost', 10, minute, 4);
      const second = await window.hit('cost', 10, minute, 4);
      const refused = await window.hit('cost', 10, minute, 7);
      expect(refused).toMatchObject({ allowed: false, count: 8, remaining: 2 });
      expect(refused.nowMs + refused.retryAfterMs).toBe(second.nowMs + minute);
      expect(await window.hit('cost', 10, minute, 2)).toMatchObject({ allowed: true, count: 10 });
    });

    it('peeks without counting', async () => {
      const empty = await window.peek('peek', 2, minute);
      expect(empty).toMatchObject({ allowed: true, count: 0, remaining: 2, cost: 0, retryAfterMs: 0 });
      expect(empty.resetAtMs).toBe(empty.nowMs);
      await window.hit('peek', 2, minute, 2);
      const full = await window.peek('peek', 2, minute);
      expect(full).toMatchObject({ allowed: false, count: 2, remaining: 0 });
      expect(full.retryAfterMs).toBe(full.resetAtMs - full.nowMs);
      expect((await window.peek('peek', 2, minute)).count).toBe(2);
    });

    it('refunds what a hit counted, once, and nothing for a refused one', async () => {
      const hits = [await window.hit('refund', 5, minute, 2), await window.hit('refund', 5, minute, 3)] as const;
      const refused = await window.hit('refund', 5, minute);
      await window.refund('refund', refused);
      expect((await window.peek('refund', 5, minute)).count).toBe(5);
      await window.refund('refund', hits[1]);
      expect(await window.peek('refund', 5, minute)).toMatchObject({ count: 2, resetAtMs: hits[0].resetAtMs });
      await window.refund('refund', hits[0]);
      await window.refund('refund', hits[0]);
      expect((await window.peek('refund', 5, minute)).count).toBe(0);
      expect(await window.hit('refund', 5, minute, 5)).toMatchObject({ allowed: true, count: 5 });
    });

    it('forgets a key on reset', async () => {
      await window.hit('reset', 1, minute);
      await window.hit('reset', 5_000, minute);
      await window.reset('reset');
      expect((await window.peek('reset', 1, minute)).count).toBe(0);
      expect((await window.peek('reset', 5_000, minute)).count).toBe(0);
    });

    it('lets the window slide: what is left frees its place, hit by hit', async () => {
      const first = await window.hit('slide', 2, 300);
      const second = await window.hit('slide', 2, 300);
      const third = await vi.waitUntil(
        async () => {
          const answer = await window.hit('slide', 2, 300);
          return answer.allowed && answer;
        },
        { interval: 10 },
      );
      expect(third.nowMs).toBeGreaterThanOrEqual(first.resetAtMs);
      expect(third.count).toBe(third.nowMs >= second.nowMs + 300 ? 1 : 2);
    });

    it('works with a lower and a higher limit on the same key', async () => {
      await window.hit('changed', 10, minute, 8);
      const refused = await window.hit('changed', 5, minute);
      expect(refused).toMatchObject({ allowed: false, count: 8, remaining: 0 });
      expect(await window.hit('changed', 20, minute)).toMatchObject({ allowed: true, count: 9, remaining: 11 });
    });

    it('counts the largest exact limit', async () => {
      for (let hit = 0; hit < 10; hit += 1) await window.hit('thousand', 1_000, minute, 99);
      expect(await window.hit('thousand', 1_000, minute, 10)).toMatchObject({ allowed: true, count: 1_000 });
      expect(await window.hit('thousand', 1_000, minute)).toMatchObject({ allowed: false, count: 1_000 });
    });

    it('refuses arguments outside the limits by name', async () => {
      await expect(window.hit('k', 0, minute)).rejects.toThrow(StateLimitExceeded);
      await expect(window.hit('k', 5, minute, 6)).rejects.toThrow('cost');
      await expect(window.hit('k', 5, 0.5)).rejects.toThrow('windowMsMax');
      await expect(window.hit('x'.repeat(513), 5, minute)).rejects.toThrow('keyBytesMax');
    });

    it('keeps keys apart that look alike or carry statements', async () => {
      for (const key of [`'; DROP TABLE state_windows; --`, 'A', 'a', 'a ', 'á', '{a}', '}', '🚀', '%', '$1', '\\']) {
        expect(await window.hit(`k${key}`, 2, minute)).toMatchObject({ allowed: true, count: 1 });
      }
    });
  });

  describe(`SlidingWindow over ${driver.kind}: two counters, above 1,000`, () => {
    it('never passes more than the limit within an aligned window', async () => {
      const answers = await Promise.all(Array.from({ length: 40 }, () => window.hit('large', 2_000, 3_600_000, 100)));
      const slots = new Set(answers.map(({ nowMs }) => Math.floor(nowMs / 3_600_000)));
      const passed = answers.filter(({ allowed }) => allowed);
      // The hour may turn in the middle of this; then the estimate still counts the previous one nearly in full.
      expect(passed.length).toBe(slots.size === 1 ? 20 : passed.length);
      expect(passed.length).toBeLessThanOrEqual(20 * slots.size);
      const refused = await window.hit('large', 2_000, 3_600_000, 100);
      expect(refused.allowed).toBe(false);
      expect(refused.retryAfterMs).toBeGreaterThan(0);
      expect(refused.retryAfterMs).toBeLessThanOrEqual(7_200_000);
    });

    it('peeks and refunds', async () => {
      const hit = await window.hit('large refund', 1_001, 3_600_000, 1_000);
      expect(await window.peek('large refund', 1_001, 3_600_000)).toMatchObject({ allowed: true, cost: 0 });
      await window.refund('large refund', hit);
      expect((await window.peek('large refund', 1_001, 3_600_000)).count).toBe(0);
    });

    it('lets the previous window fade', async () => {
      await window.hit('fading', 1_001, 200, 1_001);
      const again = await vi.waitUntil(
        async () => {
          const answer = await window.hit('fading', 1_001, 200, 1_001);
          return answer.allowed && answer;
        },
        { interval: 10 },
      );
      expect(again.count).toBe(1_001);
    });
  });
}
