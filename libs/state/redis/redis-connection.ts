import { Redis } from 'ioredis';
import type { Clock } from '../../clock/index.js';
import { Deadline } from '../deadline.js';
import { defineScripts, type RedisScripts } from './redis-commands.js';

const reconnectMs = 100;

/** The connection for commands: calls made in one turn of the event loop travel together, none waits past its deadline. */
export class RedisConnection {
  readonly redis: Redis;
  private readonly scripts: RedisScripts;
  private readonly deadline: Deadline;

  constructor(url: string, clock: Clock, timeoutMs: number) {
    this.deadline = new Deadline('redis', clock, timeoutMs);
    this.redis = new Redis(url, {
      lazyConnect: true,
      connectTimeout: timeoutMs,
      enableAutoPipelining: true,
      retryStrategy: () => reconnectMs,
      // While the server is away a call waits for one attempt to reconnect, then fails, instead of using up its time-out.
      maxRetriesPerRequest: 1,
      // What was sent before the connection broke may have taken effect: it fails, and is not sent again.
      autoResendUnfulfilledCommands: false,
    });
    // The client reports every failed attempt; calls report it to those who care.
    this.redis.on('error', () => undefined);
    this.scripts = defineScripts(this.redis);
  }

  run<Result>(work: (redis: Redis, scripts: RedisScripts) => Promise<Result>): Promise<Result> {
    // A server that does not answer is left: the commands under way fail with the connection, a new one is tried.
    return this.deadline.run(work(this.redis, this.scripts), () => this.redis.disconnect(true));
  }

  connect(): Promise<void> {
    return this.deadline.run(this.redis.connect(), () => this.redis.disconnect());
  }
}
