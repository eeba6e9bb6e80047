// Scrapes at three sizes of history. The audit log: appends against plain inserts through the same driver, the listing and the verification of a long log.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemClock } from '#libs/clock';
import { ServerProcess } from '../test/support/server.js';
import { createDatabase } from '../test/support/databases/create-database.js';
import { startMariaDb, startPostgres } from '../test/support/servers.js';
import { AUDIT_MASTER_KEY, openAuditBench, type AuditBench } from './support/audit-log.js';
import { measure, median } from './support/load.js';
import type { Report } from './support/report.js';
import { benchScrapes } from './support/scrapes.js';

const rounds = 5;
const appendsPerRound = 1_000;
const callers = 32;
const listedRows = Number(process.env['BENCH_AUDIT_ROWS'] ?? 1_000_000);
const listings = 300;
const kinds = ['sqlite', 'postgres', 'mysql'] as const;

interface Store {
  readonly url: string;
  remove(): Promise<void>;
}

async function appends(bench: AuditBench, callersAtOnce: number): Promise<{ ours: number; peer: number }> {
  const ours: number[] = [];
  const peer: number[] = [];
  // In turns, so that both meet the same weather; round -1 warms up.
  for (let round = -1; round < rounds; round += 1) {
    const appended = await measure(callersAtOnce, appendsPerRound, () => bench.append());
    const inserted = await measure(callersAtOnce, appendsPerRound, () => bench.insertPlainly());
    if (round < 0) continue;
    ours.push(appended.perSecond);
    peer.push(inserted.perSecond);
  }
  return { ours: median(ours), peer: median(peer) };
}

async function benchAppends(kind: (typeof kinds)[number], bench: AuditBench, report: Report): Promise<void> {
  const bar = { of: 'ratio', atLeast: 0.5 } as const;
  const many = await appends(bench, callers);
  report({ figure: `${kind}: audit appends, ${callers} callers`, ...many, unit: '/s', bar });
  // One caller waits for each round trip in turn; a row of a chain takes several where a statement cannot change two tables.
  report({ figure: `${kind}: audit appends, one caller`, ...(await appends(bench, 1)), unit: '/s' });
}

/** The same listing as somebody on the other side of HTTP waits for it, from a server of its own. */
async function benchListingOverHttp(kind: (typeof kinds)[number], url: string, report: Report): Promise<void> {
  const env = { SIMPLETUNER_DATABASE_URL: url, SIMPLETUNER_SECRET_KEY: AUDIT_MASTER_KEY };
  const server = await ServerProcess.start({ env });
  try {
    const list = async (): Promise<void> => {
      const page = await server.get('/api/audit?event_type=security.webhook_rejected&limit=100');
      await page.text();
      if (!page.ok) throw new Error(`Answered ${page.status}`);
    };
    await measure(1, listings, list);
    const { p99Ms } = await measure(1, listings, list);
    const figure = `${kind}: 1 type, limit 100, of ${listedRows} rows, over HTTP, 99th percentile`;
    report({ figure, ours: p99Ms, unit: 'ms', bar: { of: 'ours', atMost: 20 } });
  } finally {
    await server.dispose();
  }
}

async function benchLongLog(kind: (typeof kinds)[number], bench: AuditBench, report: Report): Promise<void> {
  await bench.fill(listedRows);
  const p99 = { of: 'ours', atMost: 20 } as const;
  for (const types of [['security.webhook_rejected'], ['security.webhook_rejected', 'auth.logout']]) {
    const { p99Ms } = await measure(1, listings, () => bench.list(types));
    const figure = `${kind}: ${types.length} type(s), limit 100, of ${listedRows} rows, 99th percentile`;
    report({ figure, ours: p99Ms, unit: 'ms', bar: p99 });
  }
  const heapBefore = bench.heapMiB();
  const startedMs = performance.now();
  const { checkedRows, heapPeakMiB } = await bench.verify();
  const seconds = (performance.now() - startedMs) / 1_000;
  report({ figure: `${kind}: verification`, ours: checkedRows / seconds, unit: 'rows/s' });
  const growth = heapPeakMiB - heapBefore;
  report({
    figure: `${kind}: memory that verification takes`,
    ours: growth,
    unit: 'MiB',
    bar: { of: 'ours', atMost: 64 },
  });
}

async function openStore(kind: (typeof kinds)[number]): Promise<Store> {
  if (kind === 'sqlite') {
    const folder = await mkdtemp(join(tmpdir(), 'simpletuner-bench-'));
    return { url: `sqlite://${join(folder, 'jobs.db')}`, remove: () => rm(folder, { recursive: true, force: true }) };
  }
  const isRunning = process.env[kind === 'postgres' ? 'TEST_POSTGRES_URL' : 'TEST_MYSQL_URL'] !== undefined;
  if (isRunning) {
    const database = await createDatabase(kind);
    return { url: database.url, remove: () => database.drop() };
  }
  return kind === 'postgres' ? startPostgres() : startMariaDb();
}

/** BENCH_STORES=postgres,sqlite narrows it (`scrapes`: no audit log at all); BENCH_AUDIT_ROWS is the length of the long log. */
export async function run(report: Report): Promise<void> {
  const wanted = process.env['BENCH_STORES']?.split(',') ?? ['scrapes', ...kinds];
  if (wanted.includes('scrapes')) await benchScrapes(report);
  for (const kind of kinds.filter((name) => wanted.includes(name))) {
    const store = await openStore(kind);
    const bench = await openAuditBench(store.url, new SystemClock());
    try {
      await benchAppends(kind, bench, report);
      await benchLongLog(kind, bench, report);
      await benchListingOverHttp(kind, store.url, report);
    } finally {
      await bench.close();
      await store.remove();
    }
  }
}
