import { Injectable } from '@nestjs/common';
import { UploadStalls } from '../jobs/index.js';
import { Metrics } from '../metrics/index.js';
import { InFlight } from './in-flight.js';
import { storageTotals } from './storage-totals.js';

/** The families of what jobs upload and store. */
@Injectable()
export class StorageMetrics {
  constructor(metrics: Metrics, inFlight: InFlight, stalls: UploadStalls) {
    const ofFleet = { type: 'gauge', category: 'jobs', scope: 'fleet' } as const;
    const ofProcess = { type: 'gauge', category: 'jobs', scope: 'process' } as const;
    metrics.add(
      { ...ofFleet, name: 'simpletuner_storage_objects', help: 'Objects that are stored' },
      async ({ totals }) => [{ value: (await totals).sum(storageTotals.objects) }],
    );
    metrics.add(
      {
        ...ofFleet,
        name: 'simpletuner_storage_bytes',
        help: 'Bytes that are stored, in objects and in unfinished uploads',
      },
      async ({ totals }) => [
        { labels: { kind: 'objects' }, value: (await totals).sum(storageTotals.objectBytes) },
        { labels: { kind: 'parts' }, value: (await totals).sum(storageTotals.partBytes) },
      ],
    );
    metrics.add(
      { ...ofFleet, name: 'simpletuner_uploads_stalled', help: 'Active jobs whose uploads have stalled' },
      async () => [{ value: await stalls.count() }],
    );
    metrics.add(
      { ...ofProcess, name: 'simpletuner_storage_uploads_in_flight', help: 'Uploads that are being received' },
      () => [{ value: inFlight.totals().uploads }],
    );
    metrics.add(
      { ...ofProcess, name: 'simpletuner_storage_in_flight_bytes', help: 'Bytes received of uploads in flight' },
      () => [{ value: inFlight.totals().bytes }],
    );
    metrics.add(
      {
        name: 'simpletuner_storage_received_bytes_total',
        help: 'Bytes of uploads received, kept in the end or not',
        type: 'counter',
        category: 'jobs',
        scope: 'process',
      },
      () => [{ value: inFlight.receivedBytes }],
    );
  }
}
