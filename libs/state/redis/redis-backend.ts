import type { StateBackend, StateBackendOptions } from '../backend.js';
import { Deadline } from '../deadline.js';
import { RedisConnection } from './redis-connection.js';
import { RedisStore } from './redis-store.js';
import { RedisSubscriptions } from './redis-subscriptions.js';
import { RedisWindow } from './redis-window.js';

/** Connects to `redis://` or `rediss://` (TLS). Redis expires keys itself, so there is nothing to sweep. */
export async function openRedis(options: StateBackendOptions): Promise<StateBackend> {
  const connection = new RedisConnection(options.url, options.clock, options.timeoutMs);
  const subscriptions = new RedisSubscriptions(
    () => connection.redis.duplicate({ lazyConnect: false, autoResubscribe: true }),
    new Deadline('redis', options.clock, options.timeoutMs),
  );
  try {
    await connection.connect();
  } catch (error) {
    connection.redis.disconnect();
    throw error;
  }
  const store = new RedisStore(connection, subscriptions, options.keyPrefix);
  return {
    store,
    window: new RedisWindow(connection, options.keyPrefix),
    ping: async () => {
      await connection.run((redis) => redis.ping());
    },
    sweep: () => Promise.resolve(0),
    close: async () => {
      subscriptions.close();
      connection.redis.disconnect();
    },
  };
}
