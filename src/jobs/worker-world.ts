import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { Lifecycle } from '#libs/worker';
import { Config } from '../config/index.js';
import { Instance } from './instance.js';
import { JobNews } from './job-news.js';

/** What the workers of this feature live by. */
@Injectable()
export class WorkerWorld {
  /** No other replica can be holding a claim or a lease. */
  readonly isAlone: boolean;
  readonly pollIntervalMs: number;

  constructor(
    readonly instance: Instance,
    readonly clock: Clock,
    readonly lifecycle: Lifecycle,
    readonly news: JobNews,
    config: Config,
  ) {
    this.isAlone = config.isAlone;
    this.pollIntervalMs = config.settings.jobPollIntervalMs;
  }
}
