import { Injectable } from '@nestjs/common';
import { Metrics } from '../metrics/index.js';
import { LimiterWindows } from './limiter-windows.js';
import { RateLimitRules } from './rate-limit-rules.js';
import { RateLimitTotals } from './rate-limit-totals.js';
import { TrackedClients } from './tracked-clients.js';

const category = 'rate_limits';

/** The families of the rate limits. */
@Injectable()
export class RateLimitMetrics {
  constructor(
    metrics: Metrics,
    rules: RateLimitRules,
    totals: RateLimitTotals,
    windows: LimiterWindows,
    clients: TrackedClients,
  ) {
    const help = 'Requests over their limit, those that a rule in shadow let through among them';
    const violations = metrics.counter({ name: 'simpletuner_rate_limit_violations_total', help, category });
    totals.onViolation(() => violations.add());
    const ofProcess = { category, scope: 'process' } as const;
    metrics.add(
      {
        ...ofProcess,
        name: 'simpletuner_rate_limit_tracked_clients',
        type: 'gauge',
        help: 'Callers whose requests were counted in the last minute',
      },
      () => [{ value: clients.count }],
    );
    metrics.add(
      {
        ...ofProcess,
        name: 'simpletuner_rate_limit_requests_total',
        type: 'counter',
        help: 'Requests counted, by rule and verdict',
      },
      () =>
        rules.all.flatMap(({ name: rule }) =>
          Object.entries(totals.of(rule)).map(([verdict, value]) => ({
            labels: { rule, verdict },
            value: Number(value),
          })),
        ),
    );
    metrics.add(
      {
        ...ofProcess,
        name: 'simpletuner_rate_limit_fallback_requests_total',
        type: 'counter',
        help: 'Requests that a process counted by itself, because the shared store did not answer',
      },
      () => [{ value: windows.lenient.fallbackHits }],
    );
  }
}
