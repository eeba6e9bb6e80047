// Webhook receipts (verified, deduplicated, durable) against a bare Express route that does the same with one insert each.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startMariaDb, startPostgres } from '../test/support/servers.js';
import { median, measure, type Load } from './support/load.js';
import type { Report } from './support/report.js';
import { startPeerReceiver, startServerReceiver, type ServerReceiver } from './support/receivers.js';
import { senderTo, type WebhookSender } from './support/webhook-sender.js';

const rounds = 5;
const senders = 32;
const perRound = 2_000;
const steadyPerSecond = 500;
const steadySeconds = 10;

interface Store {
  readonly name: string;
  readonly ours: string | undefined;
  readonly peer: string;
  readonly isHeldToPace: boolean;
  remove(): Promise<unknown>;
}

/** Each has its servers for itself: one after the other, and waiting for the disk as in production. */
const stores: readonly (() => Promise<Store>)[] = [
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'simpletuner-bench-'));
    const peer = `sqlite://${join(directory, 'peer.db')}`;
    const remove = async (): Promise<void> => rmSync(directory, { recursive: true });
    return { name: 'sqlite', ours: undefined, peer, isHeldToPace: true, remove };
  },
  async () => {
    const server = await startPostgres({ durable: true });
    const { url } = server;
    return { name: 'postgresql', ours: url, peer: url, isHeldToPace: false, remove: () => server.remove() };
  },
  async () => {
    const server = await startMariaDb({ durable: true });
    const { url } = server;
    return { name: 'mariadb', ours: url, peer: url, isHeldToPace: false, remove: () => server.remove() };
  },
];

/** As many as it takes, in turns so that both meet the same weather. */
async function compare(ours: WebhookSender, peer: WebhookSender): Promise<{ ours: number; peer: number }> {
  const loads: { ours: Load[]; peer: Load[] } = { ours: [], peer: [] };
  for (let round = -1; round < rounds; round += 1) {
    for (const [side, sender] of [
      ['ours', ours],
      ['peer', peer],
    ] as const) {
      const load = await measure(senders, perRound, (index) => sender.send(index));
      if (round >= 0) loads[side].push(load);
    }
  }
  const perSecond = (side: Load[]): number => median(side.map((load) => load.perSecond));
  return { ours: perSecond(loads.ours), peer: perSecond(loads.peer) };
}

/** Sends at a steady pace, whether or not answers keep up, and takes the time from the instant each was due. */
async function atPace(sender: WebhookSender): Promise<{ p50Ms: number; p99Ms: number }> {
  const count = steadyPerSecond * steadySeconds;
  const durationsMs: number[] = [];
  const startedMs = performance.now();
  const sent: Promise<void>[] = [];
  for (let index = 0; index < count; index += 1) {
    const dueMs = startedMs + (index * 1_000) / steadyPerSecond;
    const earlyMs = dueMs - performance.now();
    if (earlyMs > 1) await sleep(earlyMs);
    sent.push(sender.send(index).then(() => void durationsMs.push(performance.now() - dueMs)));
  }
  await Promise.all(sent);
  durationsMs.sort((a, b) => a - b);
  const at = (share: number): number => durationsMs[Math.floor(count * share)] ?? NaN;
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}

async function benchStore(store: Store, report: Report): Promise<void> {
  const server: ServerReceiver = await startServerReceiver(store.ours);
  const bare = await startPeerReceiver(store.peer);
  const [ours, peer] = [senderTo(server, senders), senderTo(bare, senders)];
  const { name, isHeldToPace } = store;
  const figures = await compare(ours, peer);
  report({ figure: `${name}: receipts`, ...figures, unit: '/s', bar: { of: 'ratio', atLeast: 0.7 } });
  if (isHeldToPace)
    report({
      figure: `${name}: receipts, in themselves`,
      ours: figures.ours,
      unit: '/s',
      bar: { of: 'ours', atLeast: 1_000 },
    });
  const [own, theirs] = [await atPace(ours), await atPace(peer)];
  report({ figure: `${name}: median at ${steadyPerSecond}/s`, ours: own.p50Ms, peer: theirs.p50Ms, unit: 'ms' });
  const p99 = {
    figure: `${name}: 99th percentile at ${steadyPerSecond}/s`,
    ours: own.p99Ms,
    peer: theirs.p99Ms,
    unit: 'ms',
  };
  report(isHeldToPace ? { ...p99, bar: { of: 'ours', atMost: 50 } } : p99);
  const startedMs = performance.now();
  const waiting = await server.waiting();
  while ((await server.waiting()) > 0) await sleep(200);
  if (waiting > 0)
    report({
      figure: `${name}: backlog worked through after`,
      ours: (performance.now() - startedMs) / 1_000,
      unit: 's',
    });
  await Promise.all([ours.close(), peer.close()]);
  await Promise.all([server.close(), bare.close()]);
}

/** Measures each database in its turn; `only` names one of them. */
export async function run(report: Report): Promise<void> {
  const only = process.env['BENCH_DATABASE'];
  for (const open of stores) {
    const store = await open();
    try {
      if (only === undefined || only === store.name) await benchStore(store, report);
    } finally {
      await store.remove();
    }
  }
}
