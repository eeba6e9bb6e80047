import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { generateWebhookSecret } from '#libs/webhook-signature';
import { ServerProcess } from '../../test/support/server.js';

const PEER = resolve('bench/support/webhook-peer.mjs');
const TRAINER = `require('fs').writeFileSync(process.env.TOLD, JSON.stringify(process.env)); setInterval(() => {}, 1000);`;
const POLL_MS = 50;

/** Something that receives signed webhooks. */
export interface Receiver {
  readonly url: string;
  readonly secret: string;
  close(): Promise<void>;
}

/** The server itself, with one job running that may report. */
export interface ServerReceiver extends Receiver {
  readonly server: ServerProcess;
  /** Deliveries that are received but not processed yet. */
  waiting(): Promise<number>;
}

/** A real server on the given database; undefined: its own SQLite file. */
export async function startServerReceiver(databaseUrl: string | undefined): Promise<ServerReceiver> {
  const env: Record<string, string> = databaseUrl === undefined ? {} : { SIMPLETUNER_DATABASE_URL: databaseUrl };
  const server = await ServerProcess.start({ env });
  const told = join(server.home, 'told.json');
  await server.send('PUT', '/api/cloud/providers/process', { command: [process.execPath, '-e', TRAINER] });
  const submission = { config: {}, env: { TOLD: told } };
  const answer = await server.send('POST', '/api/cloud/jobs/submit?provider=process', submission);
  const { job_id: jobId } = (await answer.json()) as { job_id: string };
  const environment = await whenTold(told);
  return {
    server,
    url: environment['SIMPLETUNER_WEBHOOK_URL'] ?? '',
    secret: environment['SIMPLETUNER_WEBHOOK_SECRET'] ?? '',
    waiting: async () => {
      const path = '/api/cloud/webhooks/deliveries?state=pending&limit=500';
      return (await server.json<{ deliveries: unknown[] }>(path)).deliveries.length;
    },
    close: async () => {
      await server.send('POST', `/api/cloud/jobs/${jobId}/cancel`);
      await server.terminate();
      await server.dispose();
    },
  };
}

async function whenTold(file: string): Promise<Record<string, string>> {
  for (;;) {
    try {
      return JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
    } catch {
      await sleep(POLL_MS);
    }
  }
}

/** A bare Express route with the same driver on a database of its own. */
export async function startPeerReceiver(databaseUrl: string): Promise<Receiver> {
  const secret = generateWebhookSecret();
  const child: ChildProcess = spawn(process.execPath, [PEER, databaseUrl, secret], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout as NonNullable<ChildProcess['stdout']>, 'data')) as [Buffer];
  return {
    url: `http://127.0.0.1:${line.toString().trim()}/webhook`,
    secret,
    close: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
      if (databaseUrl.startsWith('sqlite:')) rmSync(databaseUrl.replace('sqlite://', ''), { force: true });
    },
  };
}
