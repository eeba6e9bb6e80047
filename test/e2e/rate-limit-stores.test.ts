import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshDatabase, freshRedisSpace } from '../support/databases.js';
import { ServerProcess } from '../support/server.js';

/** Where two servers keep their state together; their records are apart. */
async function storeOf(kind: string, folder: string): Promise<Record<string, string>> {
  if (kind === 'sqlite') return { STATE_BACKEND: 'sqlite', STATE_BACKEND_URL: `sqlite://${join(folder, 'state.db')}` };
  if (kind === 'redis') {
    const { url, prefix } = freshRedisSpace();
    return { STATE_BACKEND: 'redis', STATE_BACKEND_URL: url, STATE_BACKEND_KEY_PREFIX: prefix };
  }
  if (kind === 'postgresql') return { STATE_BACKEND: 'postgres', STATE_BACKEND_URL: await freshDatabase('postgres') };
  return { STATE_BACKEND: 'mariadb', STATE_BACKEND_URL: await freshDatabase('mysql') };
}

/** What a balancer in front of two servers does: hands requests to them in turn, and tells who sent them. */
async function openBalancer(servers: readonly ServerProcess[]): Promise<{ origin: string; server: Server }> {
  let turn = 0;
  const balancer = createServer((incoming, outgoing) => {
    turn += 1;
    const target = servers[turn % servers.length]!;
    const forwarded = request(`${target.ops}${incoming.url ?? '/'}`, {
      method: incoming.method,
      headers: incoming.headers,
    });
    forwarded.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(forwarded);
  });
  await new Promise<void>((resolve) => balancer.listen(0, '127.0.0.1', resolve));
  return { origin: `http://127.0.0.1:${(balancer.address() as AddressInfo).port}`, server: balancer };
}

describe.each(['sqlite', 'redis', 'postgresql', 'mysql'])('two servers behind one address, over %s', (kind) => {
  const folder = mkdtempSync(join(tmpdir(), 'rate-limit-stores-'));
  let servers: readonly ServerProcess[] = [];
  let balancer: { origin: string; server: Server };

  beforeAll(async () => {
    const env = await storeOf(kind, folder);
    servers = await Promise.all([ServerProcess.start({ env }), ServerProcess.start({ env })]);
    balancer = await openBalancer(servers);
  });
  afterAll(async () => {
    balancer.server.closeAllConnections();
    balancer.server.close();
    await Promise.all(servers.map((server) => server.dispose()));
    rmSync(folder, { recursive: true, force: true });
  });

  const ask = (path: string, address: string, method = 'GET'): Promise<Response> =>
    fetch(`${balancer.origin}${path}`, { method, headers: { 'X-Forwarded-For': address } });

  it('let 100 of 160 requests through together, sent at once', async () => {
    const responses = await Promise.all(Array.from({ length: 160 }, () => ask('/api/anything', '203.0.113.7')));
    expect(responses.filter(({ status }) => status === 429)).toHaveLength(60);
    const left = responses
      .filter(({ status }) => status !== 429)
      .map(({ headers }) => Number(headers.get('x-ratelimit-remaining')))
      .sort((a, b) => a - b);
    expect(left).toEqual(Array.from({ length: 100 }, (_, index) => index));
  });

  it('let five guesses at a password through together, one after the other', async () => {
    const statuses: number[] = [];
    for (let guess = 0; guess < 8; guess += 1) {
      statuses.push((await ask('/api/auth/login', '203.0.113.8', 'POST')).status);
    }
    expect(statuses.map((status) => status === 429)).toEqual([false, false, false, false, false, true, true, true]);
  });

  it('keep what was counted when one of them is killed and starts again', async () => {
    await Promise.all(Array.from({ length: 3 }, () => ask('/api/auth/register', '203.0.113.9', 'POST')));
    await servers[0]!.kill();
    await servers[0]!.restart();
    for (const server of servers) {
      const response = await fetch(`${server.ops}/api/auth/register`, {
        method: 'POST',
        headers: { 'X-Forwarded-For': '203.0.113.9' },
      });
      expect(response.status).toBe(429);
    }
  });

  it('show each other the callers nearest their limit, and say which store they use', async () => {
    const report = await servers[1]!.json<{ store: object; keys: readonly { key: string }[] }>(
      '/api/cloud/rate-limits?limit=100',
    );
    expect(report.store).toEqual({ backend: kind, is_available: true, fallback_requests: 0 });
    expect(report.keys.map(({ key }) => key)).toContain('default:203.0.113.7');
    const health = await servers[1]!.json<{ components: readonly { name: string; status: string }[] }>(
      '/api/cloud/health',
    );
    expect(health.components).toContainEqual(expect.objectContaining({ name: 'state_backend', status: 'healthy' }));
  });
});
