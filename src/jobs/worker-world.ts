import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { Lifecycle } from '#libs/worker';
import { Config } from '../config/index.js';
import { Metrics } from '../metrics/index.js';
import { Instance } from './instance.js';
import { JobNews } from './job-news.js';

/** What the workers of this feature live by. */
@Injectable()
export class WorkerWorld {
  /** No other replica can be holding a claim or a lease. */
  readonly isAlone: boolean;
  readonly pollIntervalMs: number;
  /** To be called when a provider has been asked about all of its active jobs that are due. */
  readonly noteReconciled: () => void;

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
      'When at least one provider had last been asked about every job due; told by the replica that reconciles';
    this.noteReconciled = metrics.lastSuccess({ name, help, category: 'health' }, clock);
  }
}
