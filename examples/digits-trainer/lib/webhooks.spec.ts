import { createServer } from 'node:http';
import type { IncomingHttpHeaders, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, it } from 'vitest';
import { WebhookSender } from './webhooks.mjs';

const secret = `whsec_${Buffer.from('a key of this test, 24 bytes and more').toString('base64')}`;

interface Delivery {
  headers: IncomingHttpHeaders;
  body: string;
}

let server: Server | undefined;
afterEach(() => {
  server?.close();
  server?.closeAllConnections();
});

/** Answers the n-th request with the n-th status (200 when there are no more) and keeps what came. */
async function receiver(statuses: number[]): Promise<{ url: string; deliveries: Delivery[] }> {
  const deliveries: Delivery[] = [];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      deliveries.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      const status = statuses.shift() ?? 200;
      if (status === 0) request.socket.destroy();
      else response.writeHead(status, status === 429 ? { 'retry-after': '7' } : {}).end();
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${String(port)}/hook?job=j1`, deliveries };
}

function senderTo(url: string, waits: number[] = [], warnings: string[] = []): WebhookSender {
  const sleep = (ms: number) => Promise.resolve(void waits.push(ms));
  return new WebhookSender({ url, secret, jobId: 'j1' }, (line: string) => warnings.push(line), { sleep });
}

function verified({ headers, body }: Delivery): Record<string, unknown> {
  return new Webhook(secret).verify(body, headers as Record<string, string>) as Record<string, unknown>;
}

describe('the webhook sender', () => {
  it('signs as Standard Webhooks says, and names job, type, severity and time', async () => {
    const { url, deliveries } = await receiver([]);
    const sender = senderTo(url);
    sender.send({ type: 'training.status', data: { status: 'running' } });
    await sender.flush();
    expect(deliveries).toHaveLength(1);
    expect(verified(deliveries[0] as Delivery)).toEqual({
      type: 'training.status',
      job_id: 'j1',
      severity: 'info',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      data: { status: 'running' },
    });
  });

  it('tries again after a lost connection, a fault and a 429, with the same id and body', async () => {
    const { url, deliveries } = await receiver([0, 503, 429]);
    const waits: number[] = [];
    const sender = senderTo(url, waits);
    sender.send({ type: 'lifecycle.stage' });
    await sender.flush();
    expect(deliveries).toHaveLength(4);
    for (const delivery of deliveries) verified(delivery);
    expect(new Set(deliveries.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(new Set(deliveries.map(({ body }) => body)).size).toBe(1);
    expect(waits[0]).toBeLessThanOrEqual(250);
    expect(waits[1]).toBeLessThanOrEqual(500);
    expect(waits[2]).toBe(7_000);
  });

  it('does not insist when it is refused, and goes on with the next report', async () => {
    const { url, deliveries } = await receiver([401]);
    const warnings: string[] = [];
    const sender = senderTo(url, [], warnings);
    sender.send({ type: 'training.checkpoint' });
    sender.send({ type: 'lifecycle.stage' });
    await sender.flush();
    expect(deliveries.map((delivery) => verified(delivery)['type'])).toEqual([
      'training.checkpoint',
      'lifecycle.stage',
    ]);
    expect(warnings).toEqual([expect.stringContaining('401')]);
  });

  it('keeps the order, and drops only progress that newer progress has made worthless', async () => {
    const { url, deliveries } = await receiver([]);
    const sender = senderTo(url);
    sender.send({ type: 'lifecycle.stage', step: 0 });
    sender.send({ type: 'training.status', step: 1 });
    sender.send({ type: 'training.checkpoint', step: 2 });
    sender.send({ type: 'training.status', step: 3 });
    await sender.flush();
    expect(deliveries.map((delivery) => verified(delivery)['step'])).toEqual([0, 2, 3]);
  });

  it('stops trying when its patience ends', async () => {
    const { url, deliveries } = await receiver([503]);
    const warnings: string[] = [];
    const sender = new WebhookSender({ url, secret, jobId: 'j1' }, (line: string) => warnings.push(line), {
      patienceMs: 0,
    });
    sender.send({ type: 'lifecycle.stage' });
    await sender.flush();
    expect(deliveries).toHaveLength(1);
    expect(warnings).toEqual([expect.stringContaining('given up')]);
  });
});
