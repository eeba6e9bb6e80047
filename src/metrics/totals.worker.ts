import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { getLogger } from '#libs/log';
import { Lifecycle, Loop, type Worker } from '#libs/worker';
import { FleetCounters } from './fleet-counters.js';
import { FleetTotals } from './fleet-totals.js';

/** How far behind other replicas may see this one's counters. */
const FLUSH_INTERVAL_MS = 1_000;
const FOLD_INTERVAL_MS = 5_000;

const log = getLogger('metrics');

/** Passes counters on to the fleet's totals, and keeps their rows few. */
@Injectable()
export class TotalsWorker implements Worker {
  readonly name = 'metrics totals';
  private readonly loop: Loop;
  private foldDueMs = 0;

  constructor(
    private readonly counters: FleetCounters,
    private readonly totals: FleetTotals,
    private readonly clock: Clock,
    lifecycle: Lifecycle,
  ) {
    this.loop = new Loop({
      name: this.name,
      intervalMs: FLUSH_INTERVAL_MS,
      clock,
      work: () => this.round(),
      onError: (error) => log.warning('Counters cannot be written to the database; trying again', { error }),
    });
    lifecycle.add(this);
  }

  start(): void {
    this.loop.start();
  }

  async stop(): Promise<void> {
    await this.loop.stop();
    await this.counters.flush();
  }

  pulse(): ReturnType<Loop['pulse']> {
    return this.loop.pulse();
  }

  private async round(): Promise<void> {
    await this.counters.flush();
    const nowMs = this.clock.monotonicMs();
    if (nowMs < this.foldDueMs) return;
    this.foldDueMs = nowMs + FOLD_INTERVAL_MS;
    while (await this.totals.fold()) continue;
  }
}
