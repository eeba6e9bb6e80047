import { beforeAll, describe, expect, it, vi } from 'vitest';
import { SystemClock } from '#libs/clock';
import { openStateBackend, type StateBackend, type WindowAnswer } from '#libs/state';
import { seeded } from '../support/seeded.js';
import type { BackendPlace, StateDriver } from './state-drivers.js';
import { hitFromProcesses } from './state-processes.js';

const keys = 50;
const hitsPerKey = 400;

/** A clock of a worker whose machine is ahead or behind. */
class SkewedClock extends SystemClock {
  constructor(private readonly skewMs: number) {
    super();
  }

  override now(): number {
    return super.now() + this.skewMs;
  }
}

/** The proofs that the window is exact, whoever hits and whatever the workers' clocks say. */
export function exactnessContract(driver: StateDriver): void {
  let place: BackendPlace;
  let backend: StateBackend;
  beforeAll(async () => {
    place = await driver.place();
    backend = await driver.open(place);
  });

  describe(`Exactness over ${driver.kind}`, () => {
    const shared = driver.kind !== 'memory';

    it(
      shared ? 'passes exactly 100 of 8 processes × 1,000 hits made at once' : 'passes exactly 100 of 8,000 hits',
      async () => {
        const burst = { key: 'burst', limit: 100, windowMs: 3_600_000, hits: 1_000 };
        if (shared) {
          const passed = await hitFromProcesses(place, 8, burst);
          expect(passed.reduce((sum, each) => sum + each, 0)).toBe(100);
        } else {
          const answers = await Promise.all(
            Array.from({ length: 8_000 }, () => backend.window.hit(burst.key, burst.limit, burst.windowMs)),
          );
          expect(answers.filter(({ allowed }) => allowed)).toHaveLength(100);
        }
        expect((await backend.window.peek('burst', 100, 3_600_000)).count).toBe(100);
      },
      60_000,
    );

    it('answers 20,000 random hits over 50 keys as the model does at the same instants', async () => {
      const replay = async (index: number): Promise<number> => {
        const random = seeded(7_000 + index);
        const key = `trace ${index}`;
        const limit = 1 + random(40);
        const windowMs = 40 + random(400);
        const instant = { nowMs: 0 };
        const model = await openStateBackend({
          kind: 'memory',
          url: 'memory:',
          poolSize: 1,
          timeoutMs: 1,
          keyPrefix: '',
          clock: Object.assign(new SystemClock(), { now: () => instant.nowMs }),
        });
        const trace: WindowAnswer[] = [];
        for (let hit = 0; hit < hitsPerKey; hit += 1) {
          const cost = 1 + random(Math.min(3, limit));
          const answer = await backend.window.hit(key, limit, windowMs, cost);
          instant.nowMs = answer.nowMs;
          expect(answer, `${key}, hit ${hit}`).toEqual(await model.window.hit(key, limit, windowMs, cost));
          trace.push(answer);
        }
        await model.close();
        expectJustified(trace);
        return trace.filter(({ allowed }) => !allowed).length;
      };
      const refusals = await Promise.all(Array.from({ length: keys }, (_, index) => replay(index)));
      expect(refusals.filter((refused) => refused > 0).length).toBeGreaterThan(keys / 2);
    }, 60_000);

    it('keeps instants in order and no window over its limit when many hit one key at once', async () => {
      const limit = 20;
      const windowMs = 60;
      const answers: WindowAnswer[] = [];
      const caller = async (): Promise<void> => {
        for (let hit = 0; hit < 100; hit += 1) answers.push(await backend.window.hit('contended', limit, windowMs));
      };
      await Promise.all(Array.from({ length: 16 }, caller));
      const instants = answers
        .filter(({ allowed }) => allowed)
        .map(({ nowMs }) => nowMs)
        .sort((a, b) => a - b);
      for (const [index, nowMs] of instants.entries()) {
        const outside = instants[index - limit];
        if (outside !== undefined) expect(nowMs - outside).toBeGreaterThanOrEqual(windowMs);
      }
    }, 60_000);

    it('does not prolong the block by refused hits', async () => {
      const first = await backend.window.hit('hammered', 2, 500);
      await backend.window.hit('hammered', 2, 500);
      const refused: WindowAnswer[] = [];
      const passed = await vi.waitUntil(
        async () => {
          const answer = await backend.window.hit('hammered', 2, 500);
          if (!answer.allowed) refused.push(answer);
          return answer.allowed && answer;
        },
        { interval: 1, timeout: 10_000 },
      );
      expect(refused.length).toBeGreaterThan(0);
      for (const answer of refused) {
        expect(answer.resetAtMs).toBe(first.nowMs + 500);
        expect(answer.nowMs).toBeLessThan(answer.resetAtMs);
        expect(answer.retryAfterMs).toBe(answer.resetAtMs - answer.nowMs);
      }
      expect(passed.nowMs).toBeGreaterThanOrEqual(first.nowMs + 500);
    });

    if (!shared) return;
    it('agrees between workers whose clocks are two seconds ahead and behind', async () => {
      const ahead = await driver.open(place, new SkewedClock(2_000));
      const behind = await driver.open(place, new SkewedClock(-2_000));
      const answers: WindowAnswer[] = [];
      for (let hit = 0; hit < 20; hit += 1)
        answers.push(await (hit % 2 ? ahead : behind).window.hit('skewed', 10, 60_000));
      expect(answers.map(({ allowed }) => allowed)).toEqual(answers.map((_, index) => index < 10));
      const instants = answers.map(({ nowMs }) => nowMs);
      expect(instants).toEqual([...instants].sort((a, b) => a - b));
      expect(new Set(answers.map(({ resetAtMs }) => resetAtMs)).size).toBe(1);
      // A window shorter than the clocks differ: were either clock used, a hit of the other would count wrongly.
      const early = await behind.window.hit('skewed short', 1, 1_000);
      expect(early.allowed).toBe(true);
      const late = await ahead.window.hit('skewed short', 1, 1_000);
      expect(late.allowed).toBe(late.nowMs >= early.resetAtMs);
    });
  });
}

/** Checks a trace of one key against nothing but the definition. */
function expectJustified(trace: readonly WindowAnswer[]): void {
  for (const [index, answer] of trace.entries()) {
    const inside = trace
      .slice(0, index)
      .filter(({ allowed, nowMs }) => allowed && nowMs > answer.nowMs - answer.windowMs)
      .reduce((sum, { cost }) => sum + cost, 0);
    expect(answer.allowed).toBe(inside + answer.cost <= answer.limit);
    expect(answer.count).toBe(answer.allowed ? inside + answer.cost : inside);
  }
}
