import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { getLogger } from '#libs/log';
import { Lifecycle, Loop } from '#libs/worker';
import { Config } from '../config/index.js';
import { JobCostRepository } from './job-cost.repository.js';

const FOLD_INTERVAL_MS = 10_000;
/** An update of a fleet may take so long, and a limit may be wrong for so long after it. */
const RECOUNT_INTERVAL_MS = 600_000;

const log = getLogger('jobs');

/** Keeps the rows of cost sums few, and right while servers of before the sums work beside this one. */
@Injectable()
export class CostSumsWorker {
  constructor(costs: JobCostRepository, config: Config, clock: Clock, lifecycle: Lifecycle) {
    lifecycle.add(
      new Loop({
        name: 'cost sums',
        intervalMs: FOLD_INTERVAL_MS,
        clock,
        work: () => costs.fold(),
        onError: (error) => log.warning('The sums of what jobs cost cannot be folded; trying again', { error }),
      }),
    );
    // Servers of one machine are updated together.
    if (config.settings.replicas === 1) return;
    lifecycle.add(
      new Loop({
        name: 'cost sums recount',
        intervalMs: RECOUNT_INTERVAL_MS,
        clock,
        work: async () => {
          if (await costs.recount()) log.info('The sums of what jobs cost missed some and are set right');
        },
        onError: (error) => log.warning('The sums of what jobs cost cannot be counted again; trying again', { error }),
      }),
    );
  }
}
