import { Injectable } from '@nestjs/common';
import { getLogger } from '#libs/log';
import { Loop, type Worker } from '#libs/worker';
import { ProviderRegistry } from '../providers/index.js';
import { Handover } from './handover.js';
import { JobRunRepository, type Claim } from './job-run.repository.js';
import { WorkerWorld } from './worker-world.js';

/** How soon jobs that were submitted to other replicas, or postponed, are seen; those of this one are seen at once. */
const LOOK_INTERVAL_MS = 1_000;
/** A claim outlives its claimer by this at most; it is renewed while the provider is being called. */
const CLAIM_MS = 60_000;
/** Jobs that this process hands over at a time. */
const HANDOVERS_MAX = 8;

const log = getLogger('jobs');

/** Claims waiting jobs, the oldest first, and hands each to its provider. Any number of processes may do this at once. */
@Injectable()
export class Dispatcher implements Worker {
  readonly name = 'dispatcher';
  private readonly loop: Loop;
  private readonly underWay = new Map<string, Promise<void>>();

  constructor(
    private readonly runs: JobRunRepository,
    private readonly providers: ProviderRegistry,
    private readonly handover: Handover,
    private readonly world: WorkerWorld,
  ) {
    this.loop = new Loop({
      name: this.name,
      intervalMs: LOOK_INTERVAL_MS,
      clock: world.clock,
      work: (signal) => this.round(signal),
      onError: (error) => log.warning('Waiting jobs cannot be read; trying again', { error }),
    });
    world.news.onStatusChanged(() => this.loop.wake());
    world.lifecycle.add(this);
  }

  async start(): Promise<void> {
    if (this.world.isAlone) await this.runs.takeOver(this.world.clock.now());
    this.loop.start();
  }

  /** Calls that are under way are seen to their end, so that no provider id is lost. */
  async stop(): Promise<void> {
    await this.loop.stop();
    await Promise.all(this.underWay.values());
  }

  pulse(): ReturnType<Loop['pulse']> {
    return this.loop.pulse();
  }

  private async round(signal: AbortSignal): Promise<void> {
    for (const provider of await this.runs.providersDue(this.world.clock.now())) {
      await this.serve(provider, signal).catch((error: unknown) => {
        log.warning('Jobs of a provider cannot be handed over; trying again', { provider, error });
      });
    }
  }

  private async serve(provider: string, signal: AbortSignal): Promise<void> {
    const concurrencyLimit = await this.providers.find(provider)?.concurrencyLimit();
    while (!signal.aborted && this.underWay.size < HANDOVERS_MAX) {
      const nowMs = this.world.clock.now();
      const holder = this.world.instance.id;
      const claim = await this.runs.claim({ provider, holder, nowMs, untilMs: nowMs + CLAIM_MS, concurrencyLimit });
      if (!claim) return;
      this.begin(claim, holder);
    }
  }

  private begin(claim: Claim, holder: string): void {
    const renewal = this.world.clock.every(CLAIM_MS / 3, () => {
      this.runs.renew(claim.jobId, holder, this.world.clock.now() + CLAIM_MS).catch((error: unknown) => {
        log.warning('A claim could not be renewed', { job_id: claim.jobId, error });
      });
    });
    const done = this.handover.handOver(claim, holder).finally(() => {
      renewal.stop();
      this.underWay.delete(claim.jobId);
      this.loop.wake();
    });
    this.underWay.set(claim.jobId, done);
  }
}
