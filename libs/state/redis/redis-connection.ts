import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { Clock } from '../../clock/index.js';
import { codeOf, Deadline } from '../deadline.js';
import { StateUnavailable } from '../errors.js';
import { defineScripts, type RedisScripts } from './redis-commands.js';

const reconnectMs = 100;
const disconnectMs = 100;
const slotsRefreshMs = 2_000;

/** One server, or the nodes of a cluster as if they were one. */
export type RedisClient = Redis | Cluster;

interface Client {
  readonly redis: RedisClient;
  readonly scripts: RedisScripts;
}

/** The connection for commands, none of which waits past its deadline. */
export class RedisConnection {
  private client: Client;
  private leaving = false;
  private readonly deadline: Deadline;

  constructor(url: string, clock: Clock, timeoutMs: number) {
    this.deadline = new Deadline('redis', clock, timeoutMs);
    this.client = clientOf(
      new Redis(url, {
        lazyConnect: true,
        connectTimeout: timeoutMs,
        retryStrategy: () => reconnectMs,
        // While the server is away a call waits for one attempt to reconnect, then fails, instead of using up its time-out.
        maxRetriesPerRequest: 1,
        // A peer that does not answer does not say goodbye either.
        disconnectTimeout: disconnectMs,
        // What was sent before the connection broke may have taken effect: it fails, and is not sent again.
        autoResendUnfulfilledCommands: false,
      }),
    );
  }

  /** Whether keys lie on several nodes, so that a command may touch those of one slot only. */
  get isCluster(): boolean {
    return this.client.redis.isCluster;
  }

  run<Result>(work: (redis: RedisClient, scripts: RedisScripts) => Promise<Result>): Promise<Result> {
    // A server that does not answer is left: the commands under way fail with the connection, a new one is tried.
    return this.deadline.run(this.begin(work), () => this.leave());
  }

  private async begin<Result>(work: (redis: RedisClient, scripts: RedisScripts) => Promise<Result>): Promise<Result> {
    const { redis, scripts } = this.client;
    // The client of a cluster would keep calls until the cluster is back, and send them long after they were given up.
    if (redis instanceof Cluster && redis.status !== 'ready') throw new StateUnavailable('redis: no cluster');
    return work(redis, scripts);
  }

  /** Connects; where the server turns out to be a node of a cluster, to all of its nodes. */
  connect(): Promise<void> {
    const connecting = async (): Promise<void> => {
      const { redis } = this.client;
      if (redis instanceof Cluster) return redis.connect();
      await redis.connect();
      if (!(await redis.info('cluster')).includes('cluster_enabled:1')) return;
      const nodes = clusterBehind(redis.options);
      this.client = clientOf(nodes);
      redis.disconnect();
      await nodes.connect();
    };
    return this.deadline.run(this.explained(connecting), () => this.disconnect());
  }

  /** A client that cannot connect says only that it is closed; why it is, it has told before. */
  private async explained(connecting: () => Promise<void>): Promise<void> {
    let told: unknown;
    const listen = (error: unknown): void => void (told = error);
    const { redis } = this.client;
    redis.on('error', listen);
    try {
      await connecting();
    } catch (error) {
      throw codeOf(error) === undefined && codeOf(told) !== undefined ? told : error;
    } finally {
      redis.off('error', listen);
    }
  }

  /** Further connections to the same place. */
  duplicate(): RedisClient {
    const { redis } = this.client;
    return redis instanceof Cluster
      ? redis.duplicate([], { lazyConnect: false })
      : redis.duplicate({ lazyConnect: false });
  }

  /** The servers that keys lie on. */
  keepers(): readonly Redis[] {
    const { redis } = this.client;
    return redis instanceof Cluster ? redis.nodes('master') : [redis];
  }

  /** Where messages are published: always at the same server, else one message could overtake the other. */
  publisher(): RedisClient {
    return this.keepers()[0] ?? this.client.redis;
  }

  disconnect(): void {
    this.client.redis.disconnect();
  }

  /** Once per connection, however many calls ran out of time on it. */
  private leave(): void {
    if (this.leaving) return;
    this.leaving = true;
    const { redis } = this.client;
    redis.once('close', () => (this.leaving = false));
    redis.disconnect(true);
  }
}

function clientOf(redis: RedisClient): Client {
  // The client reports every failed attempt; calls report it to those who care.
  redis.on('error', () => undefined);
  return { redis, scripts: defineScripts(redis) };
}

/** The cluster that a node belongs to, entered with the same account and the same kind of connection. */
function clusterBehind(node: RedisOptions): Cluster {
  const { host = '127.0.0.1', port = 6379, username, password, tls, connectTimeout = 0 } = node;
  return new Cluster([{ host, port }], {
    lazyConnect: true,
    clusterRetryStrategy: () => reconnectMs,
    slotsRefreshInterval: slotsRefreshMs,
    slotsRefreshTimeout: connectTimeout,
    // As above: what was sent to a node that was lost is not sent again.
    retryDelayOnFailover: 0,
    // Nor is what a node refused because the cluster is not complete: it would be tried after its caller has gone.
    retryDelayOnClusterDown: 0,
    // A certificate names the host, not its address; and nothing may come between leaving and connecting anew.
    dnsLookup: (address, done) => done(null, address),
    redisOptions: {
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      ...(tls !== undefined && { tls }),
      connectTimeout,
      maxRetriesPerRequest: 1,
      disconnectTimeout: disconnectMs,
    },
  });
}
