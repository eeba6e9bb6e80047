import { Module, type DynamicModule } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { SlidingWindow, StateStore } from '#libs/state';
import { AuditModule } from '../audit/index.js';
import { Pipeline } from '../http/index.js';
import { StateWatch } from '../state/index.js';
import { Holds } from './holds.js';
import { LimiterWindows } from './limiter-windows.js';
import { RateLimitGuard, Verdicts } from './rate-limit.guard.js';
import { RateLimitOptions } from './rate-limit.options.js';
import { RateLimitMetrics } from './rate-limit.metrics.js';
import { RateLimitReport } from './rate-limit-report.js';
import { RateLimitRules } from './rate-limit-rules.js';
import { RateLimitTotals } from './rate-limit-totals.js';
import { RateLimiters } from './rate-limiter.js';
import { RateLimitsController } from './rate-limits.controller.js';
import { SenderBudgets } from './sender-budgets.js';
import { SlidingWindowThrottlerStorage } from './throttler-storage.js';
import { TrackedClients } from './tracked-clients.js';
import { UploadsInFlight } from './uploads-in-flight.js';
import { VerifiedSenders } from './verified-senders.js';
import { Violations } from './violations.js';

/** Global: webhooks and storage tell it who has proved himself, and any feature may make a limiter. */
@Module({})
export class RateLimitModule {
  constructor(pipeline: Pipeline, guard: RateLimitGuard) {
    pipeline.addGate((request, response) => guard.judge(request, response));
  }

  static with(options: RateLimitOptions = {}): DynamicModule {
    return {
      module: RateLimitModule,
      global: true,
      imports: [AuditModule],
      controllers: [RateLimitsController],
      providers: [
        { provide: RateLimitOptions, useValue: options },
        {
          provide: LimiterWindows,
          inject: [SlidingWindow, StateStore, StateWatch, Clock],
          useFactory: (window: SlidingWindow, store: StateStore, watch: StateWatch, clock: Clock) =>
            LimiterWindows.open(window, store, watch, clock),
        },
        { provide: VerifiedSenders, useClass: SenderBudgets },
        ...[Holds, RateLimitGuard, RateLimitReport, RateLimitRules, RateLimitTotals, RateLimiters],
        ...[UploadsInFlight, Verdicts, Violations, TrackedClients, RateLimitMetrics],
        {
          provide: SlidingWindowThrottlerStorage,
          inject: [LimiterWindows],
          useFactory: ({ lenient }: LimiterWindows) => new SlidingWindowThrottlerStorage(lenient),
        },
      ],
      exports: [RateLimiters, RateLimitTotals, SlidingWindowThrottlerStorage, VerifiedSenders],
    };
  }
}
