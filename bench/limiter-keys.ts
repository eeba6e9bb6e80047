// What a hit costs while the store holds a thousand to a million keys: it must not grow with their number.
import { SystemClock } from '#libs/clock';
import { openStateBackend, type SlidingWindow } from '#libs/state';
import { openLimiterStores, poolSize, type LimiterStore } from './support/limiter-stores.js';
import { measure, median } from './support/load.js';
import type { Report } from './support/report.js';

const sizes = [1_000, 10_000, 100_000, 1_000_000];
const callers = 32;
const fillers = 512;
const rounds = 3;
const limit = 100;
const windowMs = 3_600_000;

/** Every key is hit once, as a server would meet them. */
async function fill(window: SlidingWindow, from: number, to: number): Promise<void> {
  await measure(fillers, to - from, async (index) => {
    await window.hit(`address:${from + index}`, limit, windowMs);
  });
}

/** Microseconds per hit on keys all over the store; a prime step visits them in no order that a cache could guess. */
async function costOf(window: SlidingWindow, keys: number, hits: number): Promise<number> {
  const costs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const load = await measure(callers, hits, async (index) => {
      await window.hit(`address:${((round * hits + index) * 7_919) % keys}`, limit, windowMs);
    });
    costs.push(1_000_000 / load.perSecond);
  }
  return median(costs);
}

async function benchStore(store: LimiterStore, report: Report): Promise<void> {
  const clock = new SystemClock();
  const backend = await openStateBackend({ ...store.backend, poolSize, timeoutMs: 60_000, keyPrefix: 'st:', clock });
  let filled = 0;
  let smallest: number | undefined;
  for (const keys of sizes) {
    await (store.fill?.(filled, keys) ?? fill(backend.window, filled, keys));
    filled = keys;
    const cost = await costOf(backend.window, keys, store.hitsPerRound);
    smallest ??= cost;
    // Twice: a million rows no longer fit into the caches of the machine, which is not the same as looking through them.
    const bar = keys === sizes.at(-1) ? ({ of: 'ratio', atMost: 2 } as const) : undefined;
    report({ figure: `${store.name}: hit at ${keys} keys, beside 1000`, ours: cost, peer: smallest, unit: 'µs', bar });
  }
  await backend.close();
}

/** BENCH_STORES=redis,sqlite narrows it. */
export async function run(report: Report): Promise<void> {
  for (const open of openLimiterStores(process.env['BENCH_STORES']?.split(','))) {
    const store = await open();
    try {
      await benchStore(store, report);
    } finally {
      await store.remove();
    }
  }
}
