import { randomInt, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { signWebhook } from '#libs/webhook-signature';
import { GatedJobs } from '../support/gated-jobs.js';
import { ServerProcess } from '../support/server.js';

const EVENTS = 400;
const SENDERS = 24;

interface DeliveryFacts {
  readonly delivery_id: string;
  readonly webhook_id: string;
  readonly state: string;
}

let server: ServerProcess;
let jobs: GatedJobs;
beforeAll(async () => {
  server = await ServerProcess.start();
  jobs = await GatedJobs.on(server);
});
afterAll(async () => {
  jobs.open('end');
  await server.dispose();
});

/** Signs and sends events of one job, each under its own id; the body tells which one it is. */
async function senderFor(jobId: string): Promise<(id: string) => Promise<Response>> {
  const { SIMPLETUNER_WEBHOOK_SECRET: secret = '', SIMPLETUNER_WEBHOOK_URL: url = '' } = await jobs.environment(jobId);
  return (id) => {
    const body = JSON.stringify({ type: 'notification', title: id, message: 'told once' });
    return fetch(url, {
      method: 'POST',
      headers: { ...signWebhook({ id, timeMs: Date.now(), body, secrets: [secret] }) },
      body,
    });
  };
}

/** All deliveries of a job, page by page. */
async function deliveriesOf(jobId: string): Promise<DeliveryFacts[]> {
  const found: DeliveryFacts[] = [];
  for (let cursor = ''; ;) {
    const page = await server.json<{ deliveries: DeliveryFacts[]; next_cursor: string | null }>(
      `/api/cloud/webhooks/deliveries?job_id=${jobId}&limit=500${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    found.push(...page.deliveries);
    if (page.next_cursor === null) return found;
    cursor = page.next_cursor;
  }
}

describe('a server that is killed while webhooks arrive', () => {
  it.each([1, randomInt(20, 200), randomInt(200, 350)])(
    'processes each of them once, those it had answered without being told again (killed after %i)',
    async (killAfter) => {
      const jobId = await jobs.submit({ gate: 'end' });
      const send = await senderFor(jobId);
      const ids = Array.from({ length: EVENTS }, () => randomUUID());
      // Every other one is sent twice, right after one another, as an impatient sender does.
      const waiting = ids.flatMap((id, at) => (at % 2 === 0 ? [id] : [id, id]));
      const answered = new Map<string, string[]>();
      let killed: Promise<void> | undefined;
      const sender = async (): Promise<void> => {
        for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
          const response = await send(id).catch(() => undefined);
          const answer = await response?.json().catch(() => undefined);
          if (!response || !answer) continue;
          expect(response.status).toBe(200);
          const { status } = answer as { status: string };
          answered.set(id, [...(answered.get(id) ?? []), status]);
          if (answered.size >= killAfter) killed ??= server.kill();
        }
      };
      await Promise.all(Array.from({ length: SENDERS }, sender));
      await killed;
      expect(answered.size).toBeGreaterThanOrEqual(killAfter);
      expect(answered.size).toBeLessThan(EVENTS);
      for (const statuses of answered.values())
        expect(statuses.filter((status) => status === 'received').length).toBeLessThanOrEqual(1);

      await server.restart();
      await allProcessed(jobId, [...answered.keys()]);
      // Now the sender tries again what it got no answer for, and, as it is careless, everything else as well.
      for (const id of ids) {
        const answer = (await (await send(id)).json()) as { status: string };
        if (answered.has(id)) expect(answer.status).toBe('duplicate');
      }
      const deliveries = await allProcessed(jobId, ids);
      expect(deliveries.map(({ webhook_id }) => webhook_id).sort()).toEqual([...ids].sort());
      const told = (await jobs.timeline(jobId)).filter(({ source }) => source === 'webhook');
      expect(told.map(({ note }) => note?.split(':')[0]).sort()).toEqual([...ids].sort());
      expect(told.map(({ evidence_ids: [id] }) => id).sort()).toEqual(
        deliveries.map(({ delivery_id }) => delivery_id).sort(),
      );
    },
  );
});

function allProcessed(jobId: string, ids: readonly string[]): Promise<DeliveryFacts[]> {
  return vi.waitFor(
    async () => {
      const deliveries = await deliveriesOf(jobId);
      const processed = new Set(deliveries.filter(({ state }) => state === 'processed').map((one) => one.webhook_id));
      expect(ids.filter((id) => !processed.has(id))).toEqual([]);
      return deliveries;
    },
    // A delivery that was being processed when the server died is free again after a minute.
    { timeout: 90_000, interval: 500 },
  );
}
