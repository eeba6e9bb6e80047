import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { SystemClock } from '#libs/clock';
import { creationOptions, limitServer, listenerLimits } from './listener-limits.js';

const limits = { ...listenerLimits, headersTimeoutMs: 300, checkIntervalMs: 50, headerBytesMax: 1_024 };
const closers: (() => void)[] = [];
afterEach(() => closers.splice(0).forEach((close) => close()));

async function open(): Promise<Socket> {
  const server = createServer(creationOptions(limits), (_, response) => response.end('served'));
  limitServer(server, limits);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  closers.push(
    () => void server.close(),
    () => socket.destroy(),
  );
  return socket;
}

/** Everything that comes until the server hangs up. */
async function answer(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket as AsyncIterable<Buffer>) text += chunk.toString();
  return text;
}

describe('the limits of a listener', () => {
  it('cut off a client that never finishes its headers, however busily it sends', async () => {
    const socket = await open();
    socket.write('GET / HTTP/1.1\r\nHost: here\r\n');
    const drip = new SystemClock().every(20, () => socket.write('X-Slow: a\r\n'));
    closers.push(() => drip.stop());
    expect(await answer(socket)).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('refuse headers that are too large', async () => {
    const socket = await open();
    socket.write(`GET / HTTP/1.1\r\nHost: here\r\nX-Large: ${'a'.repeat(2_000)}\r\n\r\n`);
    expect(await answer(socket)).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('outlast the 60 s for which load balancers keep connections', () => {
    expect(listenerLimits.keepAliveTimeoutMs).toBeGreaterThan(60_000);
    expect(listenerLimits.headersTimeoutMs).toBeGreaterThan(listenerLimits.keepAliveTimeoutMs);
  });
});
