import { Redis } from 'ioredis';
import type { Clock } from '../../clock/index.js';
import { Deadline } from '../deadline.js';
import { defineScripts, type RedisScripts } from './redis-commands.js';

const reconnectMs = 100;
const disconnectMs = 100;

/** The connection for commands, none of which waits past its deadline. */
export class RedisConnection {
  readonly redis: Redis;
  isCluster = false;
  private leaving = false;
  private readonly scripts: RedisScripts;
  private readonly deadline: Deadline;

  constructor(url: string, clock: Clock, timeoutMs: number) {
    this.deadline = new Deadline('redis', clock, timeoutMs);
    this.redis = new Redis(url, {
      lazyConnect: true,
      connectTimeout: timeoutMs,
      retryStrategy: () => reconnectMs,
      // While the server is away a call waits for one attempt to reconnect, then fails, instead of using up its time-out.
      maxRetriesPerRequest: 1,
      // A peer that does not answer does not say goodbye either.
      disconnectTimeout: disconnectMs,
      // What was sent before the connection broke may have taken effect: it fails, and is not sent again.
      autoResendUnfulfilledCommands: false,
    });
    // The client reports every failed attempt; calls report it to those who care.
    this.redis.on('error', () => undefined);
    this.scripts = defineScripts(this.redis);
  }

  run<Result>(work: (redis: Redis, scripts: RedisScripts) => Promise<Result>): Promise<Result> {
    // A server that does not answer is left: the commands under way fail with the connection, a new one is tried.
    return this.deadline.run(work(this.redis, this.scripts), () => this.leave());
  }

  /** Connects, and learns whether the server is a node of a cluster, where a script may touch one key only. */
  connect(): Promise<void> {
    const connecting = async (): Promise<void> => {
      await this.redis.connect();
      this.isCluster = (await this.redis.info('cluster')).includes('cluster_enabled:1');
    };
    return this.deadline.run(connecting(), () => this.redis.disconnect());
  }

  /** Once per connection, however many calls ran out of time on it. */
  private leave(): void {
    if (this.leaving) return;
    this.leaving = true;
    this.redis.once('close', () => (this.leaving = false));
    this.redis.disconnect(true);
  }
}
