import { Injectable } from '@nestjs/common';
import { Metrics } from '../metrics/index.js';
import { BackupSchedule } from './backup-schedule.js';

/** When backups were made, and when the next one is due. */
@Injectable()
export class BackupMetrics {
  constructor(metrics: Metrics, schedule: BackupSchedule) {
    const outlook = (): ReturnType<BackupSchedule['outlook']> => schedule.outlook();
    const common = { type: 'gauge', category: 'health', scope: 'fleet' } as const;
    metrics.add(
      {
        ...common,
        name: 'simpletuner_backup_last_success_timestamp_seconds',
        help: 'When the last backup was made and restored to scratch; absent before the first',
      },
      async (scrape) => {
        const { lastSuccessAtMs } = await scrape.once(outlook);
        return lastSuccessAtMs === 0 ? [] : [{ value: lastSuccessAtMs / 1_000 }];
      },
    );
    metrics.add(
      {
        ...common,
        name: 'simpletuner_backup_due_timestamp_seconds',
        help: 'When the next backup is due, in the past when it is late; absent without a schedule',
      },
      async (scrape) => {
        const { nextAtMs } = await scrape.once(outlook);
        return nextAtMs === undefined ? [] : [{ value: nextAtMs / 1_000 }];
      },
    );
  }
}
