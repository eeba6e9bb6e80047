import { Injectable } from '@nestjs/common';
import { Metrics } from '../metrics/index.js';
import { CostLimits } from './cost-limits.js';

/** How far the cost limits of providers are used. */
@Injectable()
export class CostLimitsMetrics {
  constructor(metrics: Metrics, limits: CostLimits) {
    metrics.add(
      {
        name: 'simpletuner_cost_limit_percent_used',
        help: "What jobs have cost in the limit's period and open ones are expected to, of the limit; absent without one",
        type: 'gauge',
        category: 'provider',
        scope: 'fleet',
      },
      async () =>
        (await limits.statusesInForce()).map(({ provider, percentUsed }) => ({
          labels: { provider },
          value: percentUsed ?? 0,
        })),
    );
  }
}
