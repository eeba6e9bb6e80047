import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerProcess } from '../../test/support/server.js';
import type { WebhookSender } from './webhook-sender.js';

/** How many may be on their way: beyond it the server is behind, and is sent no more until it answers. */
const IN_FLIGHT_MAX = 2_000;

interface BackupView {
  readonly id: string;
  readonly size_bytes: number;
  readonly rows: Readonly<Record<string, number>>;
  readonly drill: { readonly status: string };
}

/** What came of writing at a steady pace while backups were made. */
export interface Soak {
  /** Answered with a receipt. */
  readonly received: number;
  readonly perSecond: number;
  /** From the instant each was due. */
  readonly p99Ms: number;
  readonly backups: readonly BackupView[];
  /** To make and drill each one, and to restore it to scratch once more. */
  readonly backupMs: readonly number[];
  readonly verifyMs: readonly number[];
}

export interface SoakOptions {
  readonly perSecond: number;
  readonly rounds: number;
  /** At least: a round takes as long as its backup. */
  readonly roundMs: number;
  readonly makesBackups: boolean;
}

/** Sends webhooks at a steady pace for so many rounds; in each one a backup is made and verified, unless none are wanted. */
export async function soak(
  server: ServerProcess,
  sender: WebhookSender,
  { perSecond, rounds, roundMs, makesBackups }: SoakOptions,
): Promise<Soak> {
  const over = new AbortController();
  const load = keepSending(sender, perSecond, over.signal);
  const backups: BackupView[] = [];
  const backupMs: number[] = [];
  const verifyMs: number[] = [];
  const startedMs = performance.now();
  try {
    for (let round = 0; round < rounds; round += 1) {
      if (makesBackups) {
        const compress = round % 2 === 1;
        const backup = await timed(backupMs, () => said<BackupView>(server, '/api/backup', { compress }));
        await timed(verifyMs, () => said(server, `/api/backup/${backup.id}/verify`));
        backups.push(backup);
      }
      await sleep(Math.max(0, startedMs + (round + 1) * roundMs - performance.now()));
    }
  } finally {
    over.abort();
  }
  return { ...(await load), backups, backupMs, verifyMs };
}

/** Rows of a table in the records of now, by what a backup of them says. */
export async function rowsNow(server: ServerProcess, table: string): Promise<number> {
  return (await said<BackupView>(server, '/api/backup', {})).rows[table] ?? 0;
}

async function keepSending(
  sender: WebhookSender,
  perSecond: number,
  over: AbortSignal,
): Promise<Pick<Soak, 'received' | 'perSecond' | 'p99Ms'>> {
  const durationsMs: number[] = [];
  const sent = new Set<Promise<void>>();
  const failures: unknown[] = [];
  const startedMs = performance.now();
  for (let index = 0; !over.aborted; index += 1) {
    const dueMs = startedMs + (index * 1_000) / perSecond;
    const earlyMs = dueMs - performance.now();
    if (earlyMs > 1) await sleep(earlyMs);
    while (sent.size >= IN_FLIGHT_MAX) await Promise.race(sent);
    const sending = sender
      .send(index)
      .then(() => void durationsMs.push(performance.now() - dueMs))
      .catch((error: unknown) => void failures.push(error))
      .finally(() => sent.delete(sending));
    sent.add(sending);
  }
  const seconds = (performance.now() - startedMs) / 1_000;
  await Promise.all(sent);
  if (failures.length > 0) throw new Error(`${failures.length} webhooks were not received`, { cause: failures[0] });
  const received = durationsMs.length;
  const p99Ms = durationsMs.sort((one, other) => one - other)[Math.floor(received * 0.99)] ?? NaN;
  return { received, perSecond: received / seconds, p99Ms };
}

async function said<T>(server: ServerProcess, path: string, body?: object): Promise<T> {
  const response = await server.send('POST', path, body);
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

async function timed<T>(durationsMs: number[], work: () => Promise<T>): Promise<T> {
  const startedMs = performance.now();
  const result = await work();
  durationsMs.push(performance.now() - startedMs);
  return result;
}
