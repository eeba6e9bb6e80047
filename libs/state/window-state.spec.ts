import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forgottenAtMs, stepWindow, withoutHit, type WindowState } from './window-state.js';

const exact = { limit: 3, windowMs: 1_000, cost: 1 };

function hitAll(instants: readonly number[], rule = exact) {
  let state: WindowState | undefined;
  return instants.map((nowMs) => {
    const { answer, next } = stepWindow(state, rule, nowMs);
    state = next ?? state;
    return answer;
  });
}

describe('the exact window', () => {
  it('counts a hit at t from t until just before t + window', () => {
    const answers = hitAll([0, 1, 2, 999, 1_000, 1_000, 1_001]);
    expect(answers.map(({ allowed }) => allowed)).toEqual([true, true, true, false, true, false, true]);
    expect(answers[3]).toMatchObject({ resetAtMs: 1_000, retryAfterMs: 1, remaining: 0 });
  });

  it('is justified in every answer: allowed if and only if the hits inside leave room', () => {
    const steps = fc.array(
      fc.record({ waitMs: fc.integer({ min: 0, max: 50 }), cost: fc.integer({ min: 1, max: 4 }) }),
      {
        maxLength: 120,
      },
    );
    fc.assert(
      fc.property(
        steps,
        fc.integer({ min: 4, max: 12 }),
        fc.integer({ min: 1, max: 300 }),
        (trace, limit, windowMs) => {
          let state: WindowState | undefined;
          let nowMs = 1_000;
          const counted: { nowMs: number; cost: number }[] = [];
          for (const { waitMs, cost } of trace) {
            nowMs += waitMs;
            const inside = counted.filter((hit) => hit.nowMs > nowMs - windowMs);
            const count = inside.reduce((sum, hit) => sum + hit.cost, 0);
            const { answer, next } = stepWindow(state, { limit, windowMs, cost }, nowMs);
            expect(answer.allowed).toBe(count + cost <= limit);
            expect(answer.count).toBe(answer.allowed ? count + cost : count);
            expect(answer.resetAtMs).toBe((inside[0]?.nowMs ?? nowMs) + (answer.count > 0 ? windowMs : 0));
            if (!answer.allowed) {
              // The told wait is the shortest that suffices.
              const rule = { limit, windowMs, cost };
              expect(stepWindow(next ?? state, rule, nowMs + answer.retryAfterMs).answer.allowed).toBe(true);
              expect(stepWindow(next ?? state, rule, nowMs + answer.retryAfterMs - 1).answer.allowed).toBe(false);
            }
            if (answer.allowed) counted.push({ nowMs, cost });
            state = next ?? state;
          }
        },
      ),
    );
  });

  it('keeps a key’s time still while the store’s clock is behind it, and starts afresh after more than a window', () => {
    const { next } = stepWindow(undefined, { ...exact, cost: 3 }, 10_000);
    expect(stepWindow(next, exact, 9_500).answer).toMatchObject({ allowed: false, nowMs: 10_000, retryAfterMs: 1_000 });
    expect(stepWindow(next, exact, 8_999).answer).toMatchObject({ allowed: true, nowMs: 8_999, count: 1 });
  });

  it('takes back what a hit counted, and nothing that is not there', () => {
    const first = stepWindow(undefined, { ...exact, cost: 2 }, 100);
    const second = stepWindow(first.next, exact, 200);
    expect(withoutHit(second.next, first.answer)).toEqual([200]);
    expect(withoutHit(second.next, second.answer)).toEqual([100, 100]);
    expect(withoutHit([200], first.answer)).toBeUndefined();
    expect(withoutHit(undefined, first.answer)).toBeUndefined();
    expect(forgottenAtMs([100, 200], 1_000)).toBe(1_200);
  });
});

describe('two counters', () => {
  const rule = { limit: 2_000, windowMs: 1_000, cost: 1 };

  it('fade the previous window in proportion to the time passed, rounded up', () => {
    const { next } = stepWindow(undefined, { ...rule, cost: 2_000 }, 0);
    expect(stepWindow(next, rule, 999).answer).toMatchObject({ allowed: false, count: 2_000, retryAfterMs: 2 });
    expect(stepWindow(next, rule, 1_000).answer).toMatchObject({ allowed: false, count: 2_000, resetAtMs: 1_001 });
    expect(stepWindow(next, { ...rule, cost: 1_000 }, 1_500).answer).toMatchObject({ allowed: true, count: 2_000 });
    expect(stepWindow(next, rule, 2_000).answer).toMatchObject({ allowed: true, count: 1 });
  });

  it('tell the shortest wait that suffices', () => {
    const part = fc.integer({ min: 0, max: 2_000 });
    fc.assert(
      fc.property(
        part,
        part,
        fc.integer({ min: 1, max: 2_000 }),
        fc.integer({ min: 0, max: 999 }),
        (previous, current, cost, phase) => {
          const state = { slot: 5, previous, current };
          const { answer } = stepWindow(state, { ...rule, cost }, 5_000 + phase);
          fc.pre(!answer.allowed);
          const at = (nowMs: number) => stepWindow(state, { ...rule, cost }, nowMs).answer.allowed;
          expect(at(answer.nowMs + answer.retryAfterMs)).toBe(true);
          expect(at(answer.nowMs + answer.retryAfterMs - 1)).toBe(false);
        },
      ),
    );
  });

  it('err as documented: even traffic within 1 %, a burst by less than one limit', () => {
    const passed = (instants: readonly number[]): number[] => {
      const answers = hitAll(instants, rule);
      return instants.filter((_, index) => answers[index]?.allowed);
    };
    const worst = (instants: readonly number[]): number =>
      Math.max(
        ...instants.map((from, index) => instants.slice(index).filter((at) => at < from + rule.windowMs).length),
      );
    // Three hits a millisecond for four windows: more than the limit lets through.
    const even = passed(Array.from({ length: 12_000 }, (_, index) => Math.floor(index / 3)));
    const late = even.filter((at) => at >= 2_000 && at < 3_000).length;
    expect(Math.abs(late - rule.limit)).toBeLessThanOrEqual(rule.limit / 100);
    // A whole limit in the last instant of a window, then as much as fits: the worst that can be done.
    const burst = passed([
      ...Array<number>(2_000).fill(999),
      ...Array.from({ length: 3_000 }, (_, index) => 1_000 + Math.floor(index / 3)),
    ]);
    expect(worst(burst)).toBeGreaterThan(rule.limit);
    expect(worst(burst)).toBeLessThan(2 * rule.limit);
  });

  it('refund the window in which the hit was counted', () => {
    const hit = stepWindow(undefined, { ...rule, cost: 7 }, 500);
    const later = stepWindow(hit.next, rule, 1_500);
    expect(withoutHit(hit.next, hit.answer)).toEqual({ slot: 0, previous: 0, current: 0 });
    expect(withoutHit(later.next, hit.answer)).toEqual({ slot: 1, previous: 0, current: 1 });
    expect(withoutHit({ slot: 2, previous: 1, current: 1 }, hit.answer)).toBeUndefined();
  });

  it('stand still at the begin of their window while the store’s clock is behind it', () => {
    const { next } = stepWindow(undefined, { ...rule, cost: 2_000 }, 5_000);
    expect(stepWindow(next, rule, 4_990).answer).toMatchObject({ allowed: false, nowMs: 5_000, count: 2_000 });
    expect(stepWindow(next, rule, 3_990).answer).toMatchObject({ allowed: true, nowMs: 3_990 });
  });
});
