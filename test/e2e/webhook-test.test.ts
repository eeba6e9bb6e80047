import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import {
  createServer,
  request,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { generateWebhookSecret } from '#libs/webhook-signature';
import { localhostKeyPem, localhostPem } from '../support/certificates.js';
import { ServerProcess } from '../support/server.js';
import { freePort } from '../support/servers.js';

interface Report {
  readonly ok: boolean;
  readonly steps: readonly { name: string; ok: boolean; detail: string; duration_ms: number }[];
  readonly hint: string;
}

const PROVIDER = '/api/cloud/providers/replicate';
const servers: Server[] = [];
let server: ServerProcess;
let tunnel: Server;
/** What stands at the public address; the server itself unless a test puts something else there. */
let atPublicAddress: RequestListener;
let stranger: Server;

async function listen(listener: Server): Promise<Server> {
  servers.push(listener);
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return listener;
}
const portOf = (listener: Server): number => (listener.address() as AddressInfo).port;

/** Leads a request to the server as a tunnel does; `change` alters what goes through. */
function forward(change: { path?: (path: string) => string; headers?: object; body?: (body: Buffer) => Buffer } = {}) {
  return (incoming: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = (change.body ?? ((same) => same))(Buffer.concat(chunks));
      const path = (change.path ?? ((same) => same))(incoming.url ?? '');
      const { 'transfer-encoding': _, ...headers } = incoming.headers;
      const { port } = new URL(server.public);
      const sent = { ...headers, host: 'home.example.com', 'x-forwarded-for': '203.0.113.7', ...change.headers };
      const onward = request({
        ...{ host: '127.0.0.1', port, path, method: incoming.method },
        headers: { ...sent, 'content-length': body.length },
      });
      onward.on('response', (answer) => {
        response.writeHead(answer.statusCode ?? 0, answer.headers);
        answer.pipe(response);
      });
      onward.end(body);
    });
  };
}

async function test(): Promise<Report> {
  const answer = await server.send('POST', `${PROVIDER}/test-webhook`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as Report;
}

/** The report, whose last step is the named one and the only one that failed. */
async function failingAt(name: string): Promise<Report & { detail: string }> {
  const report = await test();
  expect(report.ok).toBe(false);
  expect(report.steps.map((step) => (step.ok ? 'ok' : step.name)).filter((step) => step !== 'ok')).toEqual([name]);
  expect(report.steps.at(-1)?.name).toBe(name);
  return { ...report, detail: report.steps.at(-1)?.detail ?? '' };
}

async function configure(settings: object): Promise<void> {
  const answer = await server.send('PUT', PROVIDER, settings);
  expect(answer.status, await answer.text()).toBe(200);
}

beforeAll(async () => {
  tunnel = await listen(createServer((incoming, response) => atPublicAddress(incoming, response)));
  stranger = await listen(
    createTlsServer({ key: localhostKeyPem, cert: localhostPem }, (_, response) => response.end('hello')),
  );
  server = await ServerProcess.start({
    env: {
      SIMPLETUNER_PUBLIC_PORT: String(await freePort()),
      SIMPLETUNER_PUBLIC_URL: `http://127.0.0.1:${portOf(tunnel)}`,
      SIMPLETUNER_EGRESS_ALLOW: 'localhost',
    },
  });
});
beforeEach(() => {
  atPublicAddress = forward();
});
afterAll(async () => {
  for (const listener of servers) {
    listener.closeAllConnections();
    listener.close();
  }
  await server.dispose();
});

describe('the test of webhooks', () => {
  it('says that no secret is known, before anything is sent', async () => {
    const { hint } = await failingAt('secret');
    expect(hint).toContain('CLOUD_WEBHOOK_SECRET');
    writeFileSync(
      join(server.home, 'secrets.json'),
      JSON.stringify({ CLOUD_WEBHOOK_SECRET: generateWebhookSecret() }),
      {
        mode: 0o600,
      },
    );
    await vi.waitFor(async () => expect((await test()).ok).toBe(true), { timeout: 20_000, interval: 200 });
  });

  it('goes the way of a real webhook, from the public address into the inbox, and moves no job', async () => {
    const report = await test();
    expect(report).toMatchObject({ ok: true });
    expect(report.steps.map(({ name }) => name)).toEqual([
      ...['public_url', 'tcp', 'http', 'server', 'inbox', 'processing'],
    ]);
    // The address is the one that the allow-list would judge.
    expect(report.steps.find(({ name }) => name === 'inbox')?.detail).toContain('203.0.113.7');
    const { deliveries } = await server.json<{ deliveries: object[] }>('/api/cloud/webhooks/deliveries?limit=1');
    expect(deliveries).toMatchObject([{ state: 'processed', outcome: 'self_test', provider: 'replicate' }]);
    expect((await server.json<{ total: number }>('/api/cloud/jobs')).total).toBe(0);
  });

  it.each<[string, RequestListener, string, RegExp]>([
    [
      'a tunnel without a server behind it',
      (_, response) => response.writeHead(502).end('Bad gateway'),
      'server',
      /public listener/,
    ],
    [
      'a tunnel that has ended',
      (_, response) => response.writeHead(530).end('error code: 1033'),
      'server',
      /tunnel or proxy/,
    ],
    ['another program', (_, response) => response.end('<html>Welcome to nginx!</html>'), 'server', /Another program/],
    ['a redirect', (_, response) => response.writeHead(301, { Location: '/' }).end(), 'server', /do not follow/],
    ['a login page', (_, response) => response.writeHead(403).end('Access denied'), 'server', /without one/],
    ['a proxy that does not know the path', (_, response) => response.writeHead(404).end(), 'path', /add a rule/],
    ['a proxy that adds a prefix', forward({ path: (path) => `/prefix${path}` }), 'path', /prefix/],
    [
      'a proxy that changes the body',
      forward({ body: (body) => Buffer.from(`${body.toString()} `) }),
      'signature',
      /changes the body/,
    ],
    ['a proxy that drops headers', forward({ headers: { 'webhook-signature': '' } }), 'signature', /headers/],
    ['a connection that is broken off', (incoming) => incoming.socket.destroy(), 'http', /tunnel/],
    [
      'another SimpleTuner server',
      (_, response) =>
        response.end(JSON.stringify({ status: 'received', delivery_id: '01a21244-208d-75ab-8be0-c877afcc7061' })),
      'inbox',
      /another server/,
    ],
  ])('names %s', async (_, listener, name, hint) => {
    atPublicAddress = listener;
    expect((await failingAt(name)).hint).toMatch(hint);
  });

  it('names the list of addresses, and the address that it refused', async () => {
    await configure({ webhook_allowed_ips: ['34.82.0.0/16'] });
    expect((await failingAt('allow_list')).detail).toContain('203.0.113.7');
    await configure({ webhook_allowlist_mode: 'report_only' });
    expect((await test()).ok).toBe(true);
    await configure({ webhook_allowlist_mode: 'off' });
    expect((await test()).ok).toBe(true);
    await configure({ webhook_allowed_ips: [], webhook_allowlist_mode: '' });
  });

  it.each<[string, () => string | Promise<string>, string]>([
    ['a host that nobody knows', () => 'https://no-such-host.invalid', 'dns'],
    ['a port where nothing listens', async () => `https://localhost:${await freePort()}`, 'tcp'],
    ['a certificate of an unknown authority', () => `https://localhost:${portOf(stranger)}`, 'tls'],
    ['an address inside that nobody allowed', () => `https://127.0.0.1:${portOf(stranger)}`, 'tcp'],
  ])('names %s', async (_, address, name) => {
    await configure({ webhook_url: await address() });
    const { detail } = await failingAt(name);
    expect(detail.length).toBeGreaterThan(10);
    await configure({ webhook_url: '' });
  });

  it('says that there is no public URL, and that only admins may ask', async () => {
    await server.terminate();
    await server.restart({ SIMPLETUNER_PUBLIC_URL: '' });
    expect((await failingAt('public_url')).hint).toContain('SIMPLETUNER_PUBLIC_URL');
    expect((await server.send('POST', '/api/cloud/providers/nobody/test-webhook')).status).toBe(404);
    const made = await server.send('POST', '/api/auth/api-keys', { name: 'reader', scopes: ['config.view'] });
    const { key } = (await made.json()) as { key: string };
    const refused = await server.send('POST', `${PROVIDER}/test-webhook`, undefined, { 'X-API-Key': key });
    expect(refused.status).toBe(403);
  });
});
