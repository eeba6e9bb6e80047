import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { Lifecycle } from '#libs/worker';
import { Config } from '../config/index.js';
import { Metrics, type LastSuccesses } from '../metrics/index.js';
import { Instance } from './instance.js';
import { JobNews } from './job-news.js';

/** What the workers of this feature live by. */
@Injectable()
export class WorkerWorld {
  /** No other replica can be holding a claim or a lease. */
  readonly isAlone: boolean;
  readonly pollIntervalMs: number;
  /** When each provider had been asked about all of its active jobs that were due, and has answered. */
  readonly reconciled: LastSuccesses;

  constructor(
    readonly instance: Instance,
    readonly clock: Clock,
    readonly lifecycle: Lifecycle,
    readonly news: JobNews,
    config: Config,
    metrics: Metrics,
  ) {
    this.isAlone = config.isAlone;
    this.pollIntervalMs = config.settings.jobPollIntervalMs;
    const name = 'simpletuner_reconciler_last_success_timestamp_seconds';
    const help =
      'When a provider had last been asked about every job due and has answered; told by the replica that reconciles';
    this.reconciled = metrics.lastSuccessBy('provider', { name, help, category: 'health' }, clock);
  }
}
