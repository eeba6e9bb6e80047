// The sliding window against rate-limiter-flexible's fixed window: same store, same machine, same run, same pool size.
import { SystemClock } from '#libs/clock';
import { DenyCache, openStateBackend } from '#libs/state';
import { run as runGuard } from './guard.js';
import { openLimiterStores, poolSize, type LimiterStore } from './support/limiter-stores.js';
import { median, measure, type Load } from './support/load.js';
import type { Report } from './support/report.js';

const rounds = 5;
const callers = 32;
const keyCount = 1_000;
const limit = 100;
const windowSeconds = 60;

type Consume = (key: string) => Promise<boolean>;

/** Hits per second and 99th percentile, ours and the peer's in turns so that both meet the same weather. */
async function compare(ours: Consume, peer: Consume, hits: number, keys: (round: number, index: number) => string) {
  const loads: { ours: Load[]; peer: Load[] } = { ours: [], peer: [] };
  // Round -1 warms up: connections, prepared statements, compiled code.
  for (let round = -1; round < rounds; round += 1) {
    for (const [side, consume] of [
      ['ours', ours],
      ['peer', peer],
    ] as const) {
      const load = await measure(callers, hits, async (index) => {
        await consume(keys(round, index));
      });
      if (round >= 0) loads[side].push(load);
    }
  }
  const figures = (side: Load[]): Load => ({
    perSecond: median(side.map(({ perSecond }) => perSecond)),
    p99Ms: median(side.map(({ p99Ms }) => p99Ms)),
  });
  return { ours: figures(loads.ours), peer: figures(loads.peer) };
}

async function benchStore(store: LimiterStore, report: Report): Promise<void> {
  const clock = new SystemClock();
  const backend = await openStateBackend({ ...store.backend, poolSize, timeoutMs: 30_000, keyPrefix: 'st:', clock });
  const peer = await store.peer({ points: limit, duration: windowSeconds, keyPrefix: 'peer' });
  const hit: Consume = async (key) => (await backend.window.hit(key, limit, windowSeconds * 1_000)).allowed;
  const { name, hitsPerRound, ratioMin } = store;

  const allowed = await compare(hit, peer.consume, hitsPerRound, (_, index) => `address:${index % keyCount}`);
  const bar = { of: 'ratio', atLeast: ratioMin } as const;
  report({ figure: `${name}: hits`, ours: allowed.ours.perSecond, peer: allowed.peer.perSecond, unit: '/s', bar });
  report({ figure: `${name}: hit, 99th percentile`, ours: allowed.ours.p99Ms, peer: allowed.peer.p99Ms, unit: 'ms' });

  const cached = new DenyCache(backend.window, clock);
  const deny: Consume = async (key) => (await cached.hit(key, limit, windowSeconds * 1_000)).allowed;
  const abusers = Array.from({ length: 10 }, (_, index) => `abuser:${index}`);
  for (const key of abusers) {
    await backend.window.hit(key, limit, windowSeconds * 1_000, limit);
    await peer.exhaust(key, limit);
  }
  const denied = await compare(deny, peer.consume, hitsPerRound, (_, index) => abusers[index % abusers.length] ?? '');
  const tenfold = { of: 'ratio', atLeast: 10 } as const;
  report({
    figure: `${name}: refusals`,
    ours: denied.ours.perSecond,
    peer: denied.peer.perSecond,
    unit: '/s',
    bar: tenfold,
  });
  report({ figure: `${name}: refusal, 99th percentile`, ours: denied.ours.p99Ms, peer: denied.peer.p99Ms, unit: 'ms' });
  await peer.close();
  await backend.close();
}

/** BENCH_STORES=redis,sqlite narrows it; what the limiter costs a whole request is measured on SQLite. */
export async function run(report: Report): Promise<void> {
  const names = process.env['BENCH_STORES']?.split(',');
  const stores = openLimiterStores(names);
  if (names?.includes('sqlite') ?? true) await runGuard(report);
  for (const open of stores) {
    const store = await open();
    try {
      await benchStore(store, report);
    } finally {
      await store.remove();
    }
  }
}
