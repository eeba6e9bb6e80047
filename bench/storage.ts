// The S3 endpoint against a bare Node server and s3rver: large and small objects, memory, and health meanwhile.
import { ServerProcess } from '../test/support/server.js';
import { startJob } from '../test/support/storage-job.js';
import { startBare, startS3rver } from './support/bare-server.js';
import { measure, median } from './support/load.js';
import type { Report } from './support/report.js';
import { Body, residentMib, S3Load } from './support/s3-load.js';

const MIB = 1024 ** 2;
/** BENCH_ROUNDS shortens it, and BENCH_PARTS=small,large,parallel runs no more than these. */
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);
const parts = (process.env['BENCH_PARTS'] ?? 'small,large,parallel').split(',');
const large = new Body(1024 * MIB);
const small = new Body(64 * 1024);
const smallObjects = 2_000;
const smallCallers = 16;

interface Sides {
  readonly ours: S3Load;
  readonly bareMd5: S3Load;
  readonly bareBoth: S3Load;
  readonly s3rver: S3Load;
}
type Side = keyof Sides;

/** The median rate of each side, in turns so that all meet the same weather. Round -1 warms up. */
async function rates(
  sides: Sides,
  names: readonly Side[],
  work: (load: S3Load, round: number) => Promise<number>,
): Promise<Record<Side, number>> {
  const found: Record<Side, number[]> = { ours: [], bareMd5: [], bareBoth: [], s3rver: [] };
  for (let round = -1; round < rounds; round += 1) {
    for (const name of names) {
      const rate = await work(sides[name], round);
      if (round >= 0) found[name].push(rate);
    }
  }
  return Object.fromEntries(Object.entries(found).map(([name, list]) => [name, median(list)])) as Record<Side, number>;
}

async function mibPerSecond(bytes: number, work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return bytes / MIB / ((performance.now() - startedMs) / 1_000);
}

async function benchLarge(sides: Sides, report: Report): Promise<void> {
  const put = await rates(sides, ['ours', 'bareMd5', 'bareBoth', 's3rver'], (load) =>
    mibPerSecond(large.bytes, () => load.put('large', large)),
  );
  const unit = 'MiB/s';
  const against = (figure: string, peer: number, atLeast: number): void =>
    report({ figure, ours: put.ours, peer, unit, bar: { of: 'ratio', atLeast } });
  against('PUT 1 GiB signed, bare Node with MD5', put.bareMd5, 0.6);
  against('PUT 1 GiB signed, bare Node with MD5 and SHA-256', put.bareBoth, 1.25);
  against('PUT 1 GiB signed, s3rver', put.s3rver, 1);
  const get = await rates(sides, ['ours', 'bareMd5'], (load) => mibPerSecond(large.bytes, () => load.get('large')));
  report({
    figure: 'GET 1 GiB, bare Node',
    ours: get.ours,
    peer: get.bareMd5,
    unit,
    bar: { of: 'ratio', atLeast: 0.8 },
  });
}

async function benchParallel(sides: Sides, server: ServerProcess, report: Report): Promise<void> {
  const idleMib = residentMib(server.pid);
  let peakMib = idleMib;
  const watch = setInterval(() => (peakMib = Math.max(peakMib, residentMib(server.pid))), 20);
  const healthMs: number[] = [];
  let isOver = false;
  const probe = async (): Promise<void> => {
    while (!isOver) {
      const startedMs = performance.now();
      await (await server.get('/api/cloud/health/live')).text();
      healthMs.push(performance.now() - startedMs);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const eight = (load: S3Load): Promise<unknown> =>
    Promise.all(Array.from({ length: 8 }, (_, index) => load.put(`parallel-${index}`, large)));
  const probing = probe();
  const ours = await mibPerSecond(8 * large.bytes, () => eight(sides.ours));
  isOver = true;
  await probing;
  clearInterval(watch);
  const s3rver = await mibPerSecond(8 * large.bytes, () => eight(sides.s3rver));
  const p99 = healthMs.sort((a, b) => a - b)[Math.floor(healthMs.length * 0.99)] ?? NaN;
  report({ figure: '8 × PUT 1 GiB, s3rver', ours, peer: s3rver, unit: 'MiB/s', bar: { of: 'ratio', atLeast: 1.1 } });
  report({ figure: 'memory growth meanwhile', ours: peakMib - idleMib, unit: 'MiB', bar: { of: 'ours', atMost: 64 } });
  report({ figure: 'health meanwhile, 99th percentile', ours: p99, unit: 'ms', bar: { of: 'ours', atMost: 50 } });
}

async function benchSmall(sides: Sides, report: Report): Promise<void> {
  const names = ['ours', 's3rver'] as const;
  const put = await rates(sides, names, async (load, round) => {
    const times = round < 0 ? 300 : smallObjects;
    return (await measure(smallCallers, times, (index) => load.put(`small/${round}/${index}`, small))).perSecond;
  });
  report({
    figure: 'PUT 64 KiB, s3rver',
    ours: put.ours,
    peer: put.s3rver,
    unit: '/s',
    bar: { of: 'ratio', atLeast: 1.3 },
  });
  const get = await rates(sides, names, async (load, round) => {
    const times = round < 0 ? 300 : smallObjects;
    const one = async (index: number): Promise<void> => {
      await load.get(`small/${Math.max(round, 0)}/${index}`);
    };
    return (await measure(smallCallers, times, one)).perSecond;
  });
  report({
    figure: 'GET 64 KiB, s3rver',
    ours: get.ours,
    peer: get.s3rver,
    unit: '/s',
    bar: { of: 'ratio', atLeast: 1.8 },
  });
}

export async function run(report: Report): Promise<void> {
  const server = await ServerProcess.start();
  const [bare, s3rver] = await Promise.all([startBare(), startS3rver()]);
  const job = await startJob(server, { s3_rate_limit_max: 1_000_000 });
  const path = new URL(job.endpoint).pathname;
  const sides: Sides = {
    ours: new S3Load({ origin: server.ops, prefix: `${path}/${job.jobId}/`, credentials: job }),
    bareMd5: new S3Load({ origin: bare.origin, prefix: '/' }),
    bareBoth: new S3Load({ origin: bare.origin, prefix: '/', query: 'hash=md5,sha256' }),
    s3rver: new S3Load({
      origin: s3rver.origin,
      prefix: '/bench/',
      credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
    }),
  };
  try {
    if (parts.includes('small')) await benchSmall(sides, report);
    if (parts.includes('large')) await benchLarge(sides, report);
    if (parts.includes('parallel')) await benchParallel(sides, server, report);
  } finally {
    for (const load of Object.values(sides)) (load as S3Load).close();
    bare.stop();
    s3rver.stop();
    await server.dispose();
  }
}
