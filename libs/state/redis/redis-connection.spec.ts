import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { SystemClock } from '../../clock/index.js';
import { RedisConnection } from './redis-connection.js';

describe('a connection to Redis that cannot be made', () => {
  let server: Server;
  afterEach(() => void server.close());

  /** The port of a server that answers everything with `answer`. */
  async function listen(answer: string): Promise<number> {
    server = createServer((socket: Socket) => socket.on('data', () => socket.write(answer))).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  async function reasonOf(url: string): Promise<unknown> {
    const connection = new RedisConnection(url, new SystemClock(), 5_000);
    const connecting = connection.connect();
    const reason: unknown = await connecting.then(
      () => undefined,
      (error: unknown) => (error as Error).message,
    );
    connection.disconnect();
    return reason;
  }

  it('says why, in words that hold no address and no password', async () => {
    const port = await listen('');
    server.close();
    await once(server, 'close');
    expect(await reasonOf(`redis://:hunter2@127.0.0.1:${port}/0`)).toBe('redis: ECONNREFUSED');
  });

  it.each(['WRONGPASS invalid username-password pair or user is disabled.', 'NOAUTH Authentication required.'])(
    'says what Redis says: %s',
    async (words) => {
      const port = await listen(`-${words}\r\n`);
      expect(await reasonOf(`redis://:hunter2@127.0.0.1:${port}/0`)).toBe(`redis: ${words.split(' ')[0]}`);
    },
  );
});
