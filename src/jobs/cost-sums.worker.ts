import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { getLogger } from '#libs/log';
import { Lifecycle, Loop } from '#libs/worker';
import { JobCostRepository } from './job-cost.repository.js';

const FOLD_INTERVAL_MS = 10_000;

const log = getLogger('jobs');

/** Keeps the rows of cost sums few. */
@Injectable()
export class CostSumsWorker {
  constructor(costs: JobCostRepository, clock: Clock, lifecycle: Lifecycle) {
    lifecycle.add(
      new Loop({
        name: 'cost sums',
        intervalMs: FOLD_INTERVAL_MS,
        clock,
        work: () => costs.fold(),
        onError: (error) => log.warning('The sums of what jobs cost cannot be folded; trying again', { error }),
      }),
    );
  }
}
