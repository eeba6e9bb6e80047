import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { Metrics, MetricsSettingsService } from '../metrics/index.js';
import { AuditLog } from './audit-log.js';
import { AuditRepository } from './audit.repository.js';

const DAY_MS = 86_400_000;

/** The families of the audit log; and the records of what is changed about the metrics. */
@Injectable()
export class AuditMetrics {
  constructor(
    metrics: Metrics,
    settings: MetricsSettingsService,
    log: AuditLog,
    entries: AuditRepository,
    clock: Clock,
  ) {
    const common = { category: 'audit', scope: 'fleet' } as const;
    metrics.add(
      { ...common, name: 'simpletuner_audit_log_entries_total', type: 'counter', help: 'Rows ever written' },
      // The number of the last row: retention drops rows, but never gives a number twice.
      async () => [{ value: (await entries.head()).sequence }],
    );
    metrics.add(
      { ...common, name: 'simpletuner_audit_log_entries_24h', type: 'gauge', help: 'Rows of the last 24 hours' },
      async () => [{ value: await entries.countSince(clock.now() - DAY_MS) }],
    );
    settings.onChange(({ isEnabled, categories }, actor) =>
      log.record({
        type: 'config.changed',
        actor,
        targetType: 'config',
        targetId: 'metrics',
        details: { prometheus_enabled: isEnabled, prometheus_categories: categories },
      }),
    );
  }
}
