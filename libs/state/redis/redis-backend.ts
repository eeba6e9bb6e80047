import type { StateBackend, StateBackendOptions } from '../backend.js';
import { Deadline } from '../deadline.js';
import { RedisConnection } from './redis-connection.js';
import { RedisNames } from './redis-names.js';
import { RedisStore } from './redis-store.js';
import { RedisSubscriptions } from './redis-subscriptions.js';
import { RedisWindow } from './redis-window.js';

/** Connects to `redis://` or `rediss://` (TLS): a server, or any node of a cluster. Redis expires keys itself, so there is nothing to sweep. */
export async function openRedis(options: StateBackendOptions): Promise<StateBackend> {
  const names = new RedisNames(options.keyPrefix);
  const connection = new RedisConnection(options.url, options.clock, options.timeoutMs);
  const subscriptions = new RedisSubscriptions(
    () => connection.duplicate(),
    new Deadline('redis', options.clock, options.timeoutMs),
  );
  try {
    await connection.connect();
  } catch (error) {
    connection.disconnect();
    throw error;
  }
  const store = new RedisStore(connection, subscriptions, names);
  return {
    product: 'Redis',
    store,
    window: new RedisWindow(connection, names),
    ping: async () => {
      await connection.run((redis) => redis.ping());
    },
    sweep: () => Promise.resolve(0),
    close: async () => {
      subscriptions.close();
      connection.disconnect();
    },
  };
}
