import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ServerProcess } from '../support/server.js';

const SECRET = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;

interface Row {
  readonly sequence: number;
  readonly event_type: string;
  readonly hash: string;
  readonly previous_hash: string;
}

/** A collector of a SIEM: keeps the rows of documents that it has proved genuine. */
class Collector {
  readonly rows: Row[] = [];
  readonly refused: string[] = [];
  status = 200;
  private server: Server | undefined;
  private port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.port}/collect`;
  }

  async open(): Promise<void> {
    this.server = createServer((request, response) => {
      void this.take(request).then(() => response.writeHead(this.status).end());
    });
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }

  private async take(request: IncomingMessage): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const document = new Webhook(SECRET).verify(text, request.headers as Record<string, string>) as { rows: Row[] };
    if (this.status === 200) this.rows.push(...document.rows);
    else this.refused.push(String(request.headers['webhook-id']));
  }
}

describe('forwarding of the audit log', () => {
  const collector = new Collector();
  let server: ServerProcess;

  beforeAll(async () => {
    await collector.open();
    server = await ServerProcess.start({
      env: {
        SIMPLETUNER_AUDIT_FORWARD_URL: collector.url,
        SIMPLETUNER_AUDIT_FORWARD_SECRET: SECRET,
        RATE_LIMIT_CALLS: '0',
      },
    });
  });
  afterAll(async () => {
    await server.dispose();
    await collector.close();
  });

  /** Each change of a setting is a row. */
  async function makeRows(count: number): Promise<void> {
    for (let index = 0; index < count; index += 1)
      expect((await server.send('PUT', '/api/cloud/log-level', { level: 'INFO' })).status).toBe(200);
  }

  /** Waits until the collector has every row that the log has by now, and checks that they are one chain. */
  async function expectAllArrive(): Promise<void> {
    const { total } = await server.json<{ total: number }>('/api/audit?limit=1');
    await vi.waitFor(
      () => expect(new Set(collector.rows.map(({ sequence }) => sequence)).size).toBeGreaterThanOrEqual(total),
      30_000,
    );
    const bySequence = new Map(collector.rows.map((row) => [row.sequence, row]));
    for (let sequence = 2; sequence <= total; sequence += 1)
      expect(bySequence.get(sequence)?.previous_hash).toBe(bySequence.get(sequence - 1)?.hash);
  }

  it('sends each row, signed, more than one document at a time', async () => {
    await makeRows(230);
    await expectAllArrive();
    expect(collector.rows.map(({ event_type: type }) => type)).toContain('config.changed');
  });

  it('loses nothing while the collector refuses, is away, and the server is killed meanwhile', async () => {
    collector.status = 503;
    await makeRows(3);
    await vi.waitFor(() => expect(collector.refused.length).toBeGreaterThan(0), 20_000);
    await collector.close();
    await makeRows(3);
    await server.kill();
    collector.status = 200;
    await server.restart();
    await collector.open();
    await makeRows(1);
    await expectAllArrive();
  });

  it('goes on after a backup was restored into the running server, with the rows that took the place of others', async () => {
    const backup = (await (await server.send('POST', '/api/backup', {})).json()) as { id: string };
    await makeRows(2);
    await expectAllArrive();
    const before = collector.rows.length;
    expect((await server.send('POST', `/api/backup/${backup.id}/restore`)).status).toBe(200);
    await makeRows(1);
    const { entries } = await server.json<{ entries: Row[] }>('/api/audit?limit=1');
    await vi.waitFor(() => expect(collector.rows.at(-1)?.hash).toBe(entries[0]?.hash), { timeout: 20_000 });
    const types = collector.rows.slice(before).map(({ event_type: type }) => type);
    expect(types).toEqual(expect.arrayContaining(['backup.restored', 'config.changed']));
  });

  it('shows neither the address nor the secret', async () => {
    const { components } = await server.json<{ components: { name: string }[] }>('/api/cloud/health');
    expect(components).toContainEqual(expect.objectContaining({ name: 'audit_forwarding', status: 'healthy' }));
    expect(server.log).not.toContain(SECRET.slice(8));
  });
});

it('does not start with an address and no secret, and says so', async () => {
  await expect(ServerProcess.start({ env: { SIMPLETUNER_AUDIT_FORWARD_URL: 'http://127.0.0.1:9/' } })).rejects.toThrow(
    /SIMPLETUNER_AUDIT_FORWARD_SECRET: set both or neither/,
  );
});
