import { Global, Module } from '@nestjs/common';
import { ApprovalFamilies } from './approval-families.js';
import { SqlFleetTotals } from './drivers/sql-fleet-totals.js';
import { SqlMetricsSettingsRepository } from './drivers/sql-metrics-settings.repository.js';
import { Exposition, ExpositionSources } from './exposition/exposition.js';
import { LazyInstruments } from './exposition/lazy-instruments.js';
import { FleetCounters } from './fleet-counters.js';
import { FleetTotals } from './fleet-totals.js';
import { HttpFamilies } from './http-families.js';
import { InstanceName } from './instance-name.js';
import { Metrics } from './metrics.js';
import { MetricsController } from './metrics.controller.js';
import { MetricsService } from './metrics.service.js';
import { MetricsSettingsRepository } from './metrics-settings.repository.js';
import { MetricsSettingsService } from './metrics-settings.service.js';
import { ProcessFamilies } from './process-families.js';
import { ScrapeController } from './scrape.controller.js';
import { TotalsWorker } from './totals.worker.js';

/** Global: features declare their families with `Metrics`; this part of the platform knows none of them. */
@Global()
@Module({
  controllers: [MetricsController, ScrapeController],
  providers: [
    { provide: FleetTotals, useClass: SqlFleetTotals },
    { provide: MetricsSettingsRepository, useClass: SqlMetricsSettingsRepository },
    ...[Metrics, FleetCounters, TotalsWorker, InstanceName],
    ...[LazyInstruments, ExpositionSources, Exposition, MetricsService, MetricsSettingsService],
    ...[HttpFamilies, ProcessFamilies, ApprovalFamilies],
  ],
  exports: [FleetTotals, Metrics, MetricsSettingsService],
})
export class MetricsModule {}
