import { createHash } from 'node:crypto';
import type pg from 'pg';
import type { Clock, Stoppable } from '../../clock/index.js';
import type { Subscription } from '../state-store.js';
import type { PostgresqlPool } from './postgresql-pool.js';
import { statements } from './postgresql-statements.js';

type Handler = (message: string) => void;

const reconnectMs = 500;
const livenessMs = 10_000;

/** LISTEN on a connection of its own, opened with the first subscription and again whenever it is lost. */
export class PostgresqlNotifications {
  private readonly handlers = new Map<string, Set<Handler>>();
  private readonly channel: string;
  private listener: Promise<pg.Client> | undefined;
  private reconnect: Stoppable | undefined;
  private liveness: Stoppable | undefined;
  private closed = false;

  constructor(
    private readonly pool: PostgresqlPool,
    private readonly clock: Clock,
    keyPrefix: string,
  ) {
    // One channel per prefix; a name of PostgreSQL has at most 63 bytes, so the product's channel travels in the payload.
    this.channel = `state_${createHash('sha256').update(keyPrefix).digest('hex').slice(0, 32)}`;
  }

  async publish(channel: string, message: string): Promise<void> {
    await this.pool.query(statements.notify, [this.channel, `${channel.length}:${channel}${message}`]);
  }

  async subscribe(channel: string, handler: Handler): Promise<Subscription> {
    const handlers = this.handlers.get(channel) ?? new Set();
    const own: Handler = (message) => handler(message);
    this.handlers.set(channel, handlers.add(own));
    const unsubscribe = async (): Promise<void> => {
      handlers.delete(own);
      if (handlers.size === 0 && this.handlers.get(channel) === handlers) this.handlers.delete(channel);
    };
    try {
      await (this.listener ??= this.listen());
    } catch (error) {
      await unsubscribe();
      throw error;
    }
    return { unsubscribe };
  }

  async close(): Promise<void> {
    this.closed = true;
    this.handlers.clear();
    this.reconnect?.stop();
    this.liveness?.stop();
    const client = await this.listener?.catch(() => undefined);
    if (client) await this.pool.deadline.run(client.end()).catch(() => undefined);
  }

  private listen(): Promise<pg.Client> {
    const client = this.pool.connection();
    const lost = (): void => this.lost(client);
    client.on('error', lost);
    client.on('end', lost);
    client.on('notification', ({ payload }) => this.deliver(payload ?? ''));
    const listening = this.pool.deadline
      .run(
        client.connect().then(() => client.query(`LISTEN ${this.channel}`)),
        () => void client.end(),
      )
      .then(() => client);
    listening.catch(lost);
    // A peer that vanished without a word is noticed by asking it.
    this.liveness?.stop();
    this.liveness = this.clock.every(livenessMs, () => {
      this.pool.deadline.run(client.query('SELECT 1'), lost).catch(() => undefined);
    });
    return listening;
  }

  private lost(client: pg.Client): void {
    client.removeAllListeners('end');
    client.end().catch(() => undefined);
    this.liveness?.stop();
    this.listener = undefined;
    this.reconnect?.stop();
    if (this.closed || this.handlers.size === 0) return;
    this.reconnect = this.clock.after(reconnectMs, () => {
      this.listener ??= this.listen();
      this.listener.catch(() => undefined);
    });
  }

  private deliver(payload: string): void {
    const colon = payload.indexOf(':');
    const end = colon + 1 + Number(payload.slice(0, colon));
    const message = payload.slice(end);
    for (const handler of this.handlers.get(payload.slice(colon + 1, end)) ?? []) handler(message);
  }
}
