import { Deadline } from '../deadline.js';
import type { Subscription } from '../state-store.js';
import type { RedisClient } from './redis-connection.js';

type Handler = (message: string) => void;

/** Subscriptions on a connection of their own, opened with the first; the client takes them up again after a loss. */
export class RedisSubscriptions {
  private readonly handlers = new Map<string, Set<Handler>>();
  private connection: RedisClient | undefined;

  constructor(
    private readonly open: () => RedisClient,
    private readonly deadline: Deadline,
  ) {}

  async subscribe(channel: string, handler: Handler): Promise<Subscription> {
    const connection = (this.connection ??= this.listen());
    const handlers = this.handlers.get(channel) ?? new Set();
    const own: Handler = (message) => handler(message);
    this.handlers.set(channel, handlers.add(own));
    const unsubscribe = async (): Promise<void> => {
      handlers.delete(own);
      if (handlers.size > 0 || this.handlers.get(channel) !== handlers) return;
      this.handlers.delete(channel);
      await this.deadline.run(connection.unsubscribe(channel));
    };
    try {
      await this.deadline.run(connection.subscribe(channel));
    } catch (error) {
      await unsubscribe().catch(() => undefined);
      throw error;
    }
    return { unsubscribe };
  }

  close(): void {
    this.handlers.clear();
    this.connection?.disconnect();
  }

  private listen(): RedisClient {
    const connection = this.open();
    connection.on('error', () => undefined);
    connection.on('message', (channel: string, message: string) => {
      for (const handler of this.handlers.get(channel) ?? []) handler(message);
    });
    return connection;
  }
}
