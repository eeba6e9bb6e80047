// A minute of 500 webhooks/s with a backup and a drilled restore every 10 s: what writers notice, and that nothing is missing.
import { startMariaDb, startPostgres } from '../test/support/servers.js';
import { rowsNow, soak } from './support/backup-soak.js';
import { startServerReceiver } from './support/receivers.js';
import type { Report } from './support/report.js';
import { senderTo } from './support/webhook-sender.js';

const perSecond = 500;
const seconds = Number(process.env['BENCH_SECONDS'] ?? 60);
const roundSeconds = 10;
const senders = 32;
/** Machines hiccup; what is due is due, so a server that keeps up receives all but what the last moment leaves. */
const keptUp = 0.98;

interface Store {
  readonly url: string | undefined;
  remove(): Promise<unknown>;
}
const stores: Readonly<Record<string, () => Promise<Store>>> = {
  sqlite: () => Promise.resolve({ url: undefined, remove: () => Promise.resolve() }),
  postgresql: () => startPostgres({ durable: true }),
  mariadb: () => startMariaDb({ durable: true }),
};

/** SQLite, unless BENCH_DATABASE names another one. */
export async function run(report: Report): Promise<void> {
  const name = process.env['BENCH_DATABASE'] ?? 'sqlite';
  const open = stores[name];
  if (!open) throw new Error(`BENCH_DATABASE is one of ${Object.keys(stores).join(', ')}`);
  const store = await open();
  const receiver = await startServerReceiver(store.url);
  const sender = senderTo(receiver, senders);
  try {
    const { server } = receiver;
    const pace = { perSecond, roundMs: roundSeconds * 1_000 };
    const quiet = await soak(server, sender, { ...pace, rounds: 1, makesBackups: false });
    const rounds = Math.round(seconds / roundSeconds);
    const busy = await soak(server, sender, { ...pace, rounds, makesBackups: true });
    const drilled = busy.backups.filter(({ drill }) => drill.status === 'passed').length;
    report({ figure: `${name}: writes meanwhile`, ours: busy.perSecond, peer: quiet.perSecond, unit: '/s', bar: { of: 'ours', atLeast: perSecond * keptUp } }); // prettier-ignore
    report({ figure: `${name}: 99th percentile, against no backups`, ours: busy.p99Ms, peer: quiet.p99Ms, unit: 'ms' });
    report({ figure: `${name}: backups drilled and restored again`, ours: drilled, unit: '', bar: { of: 'ours', atLeast: rounds } }); // prettier-ignore
    report({ figure: `${name}: longest backup with its drill`, ours: Math.max(...busy.backupMs) / 1_000, unit: 's', bar: { of: 'ours', atMost: roundSeconds } }); // prettier-ignore
    report({ figure: `${name}: longest restore to scratch`, ours: Math.max(...busy.verifyMs) / 1_000, unit: 's' });
    report({ figure: `${name}: size of the last one`, ours: (busy.backups.at(-1)?.size_bytes ?? NaN) / 1024 ** 2, unit: 'MiB' }); // prettier-ignore
    const missing = quiet.received + busy.received - (await rowsNow(server, 'webhook_deliveries'));
    report({ figure: `${name}: receipts that are missing`, ours: missing, unit: '', bar: { of: 'ours', atMost: 0 } });
  } finally {
    await sender.close();
    await receiver.close();
    await store.remove();
  }
}
