import { Injectable } from '@nestjs/common';
import { randomInt } from 'node:crypto';
import { getLogger } from '#libs/log';
import { Loop, type Worker } from '#libs/worker';
import { ProviderRegistry } from '../providers/index.js';
import { JobRepository } from './job.repository.js';
import { JobRunRepository } from './job-run.repository.js';
import { Poller } from './poller.js';
import { ProviderLane, type LaneWorld } from './provider-lane.js';
import { Settler } from './settler.js';
import { WorkerWorld } from './worker-world.js';

const LOOK_INTERVAL_MS = 1_000;
/** A lease is half a poll interval, so that another process has taken over within one; below this it would only cost writes. */
const LEASE_MS_MIN = 1_000;
const LEASE_MS_MAX = 30_000;
/** By so much an interval may be shorter, so that a fleet of servers does not ask its providers in step. */
const JITTER = 0.1;
const RANDOM_STEPS = 1_000;

const log = getLogger('jobs');

/** What the reconciler works with. */
@Injectable()
export class ReconcilerParts {
  constructor(
    readonly jobs: JobRepository,
    readonly runs: JobRunRepository,
    readonly poller: Poller,
    readonly settler: Settler,
    readonly providers: ProviderRegistry,
  ) {}
}

/**
 * Asks for every active job at a steady interval, whether or not webhooks are set, and ends runs that were ended here.
 * In a fleet the holder of a lease does it; another one takes over within one interval when it dies.
 */
@Injectable()
export class Reconciler implements Worker {
  readonly name = 'reconciler';
  private readonly loop: Loop;
  private readonly lanes: ReadonlyMap<string, ProviderLane>;
  private readonly leaseMs: number;
  private leaseUntilMs = 0;

  constructor(
    private readonly parts: ReconcilerParts,
    private readonly world: WorkerWorld,
  ) {
    const { clock, pollIntervalMs, news } = world;
    this.leaseMs = Math.min(LEASE_MS_MAX, Math.max(LEASE_MS_MIN, pollIntervalMs / 2));
    const nextIntervalMs = (): number => pollIntervalMs * (1 - (JITTER * randomInt(RANDOM_STEPS)) / RANDOM_STEPS);
    const { jobs, runs, poller, settler } = parts;
    const { reconciled } = world;
    parts.providers.known.forEach((name) => reconciled.expect(name));
    const wake = (): void => this.loop.wake();
    const laneWorld: LaneWorld = { jobs, runs, poller, settler, clock, nextIntervalMs, wake, reconciled };
    this.lanes = new Map(parts.providers.known.map((name) => [name, new ProviderLane(name, laneWorld)]));
    this.loop = new Loop({
      name: this.name,
      intervalMs: Math.min(LOOK_INTERVAL_MS, pollIntervalMs),
      clock,
      work: (signal) => this.round(signal),
      onError: (error) => log.warning('Jobs cannot be reconciled; trying again', { error }),
    });
    news.onEndHint((jobId, provider) => this.askNow(jobId, provider));
    parts.poller.onRunEnded((jobId, provider) => this.askNow(jobId, provider));
    news.onStatusChanged(() => this.loop.wake());
    world.lifecycle.add(this);
  }

  start(): void {
    this.loop.start();
  }

  async stop(): Promise<void> {
    await this.loop.stop();
    await Promise.all([...this.lanes.values()].map((lane) => lane.idle()));
    if (this.leaseUntilMs > 0) await this.parts.runs.releaseLease('reconcile', this.world.instance.id);
  }

  pulse(): ReturnType<Loop['pulse']> {
    return this.loop.pulse();
  }

  private askNow(jobId: string, provider: string): void {
    this.lanes.get(provider)?.hint(jobId);
    this.loop.wake();
  }

  private async round(signal: AbortSignal): Promise<void> {
    const holdsLease = await this.holdsLease();
    for (const lane of this.lanes.values()) lane.advance(signal, holdsLease);
  }

  /** Prolongs the lease when less than half of it is left, so that an idle server does not write all the time. */
  private async holdsLease(): Promise<boolean> {
    const nowMs = this.world.clock.now();
    if (this.leaseUntilMs - nowMs > this.leaseMs / 2) return true;
    const untilMs = nowMs + this.leaseMs;
    const isHeld = await this.parts.runs.holdLease('reconcile', this.world.instance.id, nowMs, untilMs);
    this.leaseUntilMs = isHeld ? untilMs : 0;
    return isHeld;
  }
}
