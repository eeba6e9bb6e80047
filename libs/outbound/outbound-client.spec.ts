import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ManualClock, SystemClock, type Clock } from '#libs/clock';
import { CircuitBreaker } from './circuit-breaker.js';
import { EgressGuard, type Reach } from './egress-guard.js';
import type { OutboundError } from './outbound-error.js';
import { OutboundClient, type OutboundParts, type OutboundRequest } from './outbound-client.js';
import { MemoryStore } from '../state/memory/memory-store.js';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function serve(listener: RequestListener, host = '127.0.0.1', port = 0): Promise<Server & { port: number }> {
  const server = createServer(listener).listen(port, host);
  await once(server, 'listening');
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return Object.assign(server, { port: (server.address() as AddressInfo).port });
}

const settings = { proxyUrl: '', noProxy: '', certificates: '', verifiesCertificates: true, timeoutMs: 5_000 };

function client(parts: Partial<OutboundParts> & { timeoutMs?: number } = {}): OutboundClient {
  const { timeoutMs = settings.timeoutMs } = parts;
  const made = new OutboundClient({
    settings: () => Promise.resolve({ ...settings, timeoutMs }),
    clock: new SystemClock(),
    random: () => 0,
    guard: new EgressGuard(),
    reach: 'any',
    ...parts,
  });
  closers.push(() => made.close());
  return made;
}

function get(url: string, isRepeatable = false): OutboundRequest {
  return { method: 'GET', url: new URL(url), headers: { 'x-test': '1' }, isRepeatable };
}

describe('where a request may lead', () => {
  const guarded = (addresses: string[][], allowed: string[], reach: Reach = 'public') =>
    client({
      guard: new EgressGuard(allowed),
      reach,
      resolve: () => Promise.resolve((addresses.shift() ?? []).map((address) => ({ address, family: 4 }))),
    });

  it('is decided by the address that is connected to: a name that leads elsewhere a moment later leads nowhere', async () => {
    const seen: string[] = [];
    const allowed = await serve((request, response) => {
      seen.push('allowed');
      // One connection a request, so that the name is resolved again.
      response.setHeader('Connection', 'close').end(request.headers.host);
    });
    await serve((_request, response) => void response.end(seen.push('inner')), '127.0.0.2', allowed.port);
    const outbound = guarded([['127.0.0.1'], ['127.0.0.2'], ['127.0.0.1', '127.0.0.2']], ['127.0.0.1']);
    const url = `http://rebinding.example:${allowed.port}/`;
    expect((await outbound.send(get(url))).text).toBe(`rebinding.example:${allowed.port}`);
    for (let time = 0; time < 2; time += 1)
      await expect(outbound.send(get(url, true))).rejects.toMatchObject({
        failure: 'not-sent',
        code: 'EGRESS_REFUSED',
      });
    expect(seen).toEqual(['allowed']);
  });

  it.each([
    '127.0.0.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '127.1',
    '[::ffff:127.0.0.1]',
    '[::1]',
    '[::ffff:7f00:1]',
  ])('is not this machine, however it is written: %s', async (host) => {
    let asked = 0;
    const server = await serve((_request, response) => void response.end(String((asked += 1))), '::');
    const url = `http://${host}:${server.port}/`;
    const guard = new EgressGuard();
    await expect(client({ guard, reach: 'public' }).send(get(url))).rejects.toMatchObject({ code: 'EGRESS_REFUSED' });
    expect(asked).toBe(0);
    expect((await client({ guard, reach: 'inner' }).send(get(url))).text).toBe('1');
  });

  it('does not follow a redirect', async () => {
    const server = await serve((_request, response) => {
      response.writeHead(302, { Location: 'http://169.254.169.254/latest/meta-data' }).end();
    });
    expect(await client().send(get(`http://127.0.0.1:${server.port}/`))).toMatchObject({ status: 302 });
  });
});

describe('each phase of a call', () => {
  /** Moves time on for as long as the call is under way. */
  async function outcome(clock: ManualClock, call: Promise<unknown>, stepMs: number): Promise<unknown> {
    const state = { isOver: false };
    const ended = call.then(
      () => 'answered',
      (error: unknown) => `${(error as OutboundError).failure} ${(error as OutboundError).code}`,
    );
    void ended.finally(() => (state.isOver = true));
    while (!state.isOver) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(stepMs);
    }
    return ended;
  }

  it('has its own deadline: the connect ten seconds at most, the headers and the body the whole time-out', async () => {
    const clock = new ManualClock();
    const startMs = clock.now();
    const never = client({ clock, timeoutMs: 40_000, resolve: () => new Promise(() => undefined) });
    expect(await outcome(clock, never.send(get('http://nowhere.example/')), 1_000)).toBe('not-sent CONNECT_TIMEOUT');
    expect(clock.now() - startMs).toBeLessThanOrEqual(12_000);

    const silent = await serve(() => undefined);
    const waiting = client({ clock, timeoutMs: 40_000 }).send(get(`http://127.0.0.1:${silent.port}/`));
    await once(silent, 'request');
    const headersMs = clock.now();
    expect(await outcome(clock, waiting, 1_000)).toBe('timeout HEADERS_TIMEOUT');
    expect(clock.now() - headersMs).toBeGreaterThanOrEqual(40_000);

    const slow = await serve((_request, response) => void response.writeHead(200).write('half'));
    const body = client({ clock, timeoutMs: 40_000 }).send(get(`http://127.0.0.1:${slow.port}/`));
    expect(await outcome(clock, body, 10)).toBe('timeout BODY_TIMEOUT');
  });

  it('that was given up before it was sent is never sent', async () => {
    const clock = new ManualClock();
    const requests: string[] = [];
    const server = await serve((request, response) => {
      requests.push(request.url ?? '');
      if (request.url !== '/held') response.end();
    });
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const outbound = client({
      clock,
      resolve: async () => {
        await held;
        return [{ address: '127.0.0.1', family: 4 }];
      },
    });
    const given = outbound.send(get(`http://late.example:${server.port}/given-up`));
    expect(await outcome(clock, given, 1_000)).toBe('not-sent CONNECT_TIMEOUT');
    release();
    const direct = client();
    await direct.send(get(`http://127.0.0.1:${server.port}/after`));
    expect(requests).toEqual(['/after']);
  });
});

describe('a circuit', () => {
  it('counts 5xx, 408, 429 and silence, and no other 4xx; while it is open nothing is sent', async () => {
    const statuses = [404, 401, 500, 408, 429, 503, 502];
    let asked = 0;
    const server = await serve((_request, response) => void response.writeHead(statuses[asked++] ?? 200).end());
    const clock: Clock = new ManualClock();
    const circuit = new CircuitBreaker('p', new MemoryStore(clock), clock);
    const outbound = client({ clock, circuit });
    const url = `http://127.0.0.1:${server.port}/`;
    for (const status of statuses) expect(await outbound.send(get(url))).toMatchObject({ status });
    await expect(outbound.send(get(url, true))).rejects.toMatchObject({
      failure: 'not-sent',
      code: 'CIRCUIT_OPEN',
      details: { retryAfterMs: 60_000 },
    });
    expect(asked).toBe(statuses.length);
    (clock as ManualClock).advance(60_000);
    for (let time = 0; time < 2; time += 1) expect(await outbound.send(get(url))).toMatchObject({ status: 200 });
    expect(await circuit.report()).toMatchObject({ state: 'closed', failuresTotal: 5 });
  });

  it('does not open because the settings cannot be read', async () => {
    const clock = new ManualClock();
    const circuit = new CircuitBreaker('p', new MemoryStore(clock), clock);
    const outbound = client({ clock, circuit, settings: () => Promise.reject(new Error('no CA bundle')) });
    for (let time = 0; time < 6; time += 1)
      await expect(outbound.send(get('http://x/'))).rejects.toThrow('no CA bundle');
    expect(await circuit.report()).toMatchObject({ state: 'closed', failuresTotal: 0 });
  });
});
