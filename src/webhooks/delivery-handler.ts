import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { withLogContext } from '#libs/log';
import { Database } from '../database/index.js';
import { JobReports, type ReportOutcome } from '../jobs/index.js';
import { ProviderRegistry, type ProviderReport } from '../providers/index.js';
import type { Delivery } from './delivery.js';
import { DeliveryRepository } from './delivery.repository.js';

/** The delivery speaks of a job that is not here (yet): the provider may be faster than the record of its id. */
export class UnknownJob extends Error {
  override readonly name = 'UnknownJob';
}

/** What one delivery does. */
@Injectable()
export class DeliveryHandler {
  constructor(
    private readonly database: Database,
    private readonly deliveries: DeliveryRepository,
    private readonly providers: ProviderRegistry,
    private readonly jobs: JobReports,
    private readonly clock: Clock,
  ) {}

  /** @throws when the delivery has to be tried again; nothing has happened then. */
  async handle(delivery: Delivery): Promise<void> {
    const report = this.providers.get(delivery.provider).parseWebhook(delivery.body);
    await this.database.transaction(async () => {
      const outcome: ReportOutcome | 'ignored' = report ? await this.apply(delivery, report) : 'ignored';
      if (outcome === 'unknown_job') throw new UnknownJob('No such job is known here');
      await this.deliveries.complete(delivery.id, outcome, this.clock.now());
    });
  }

  /** All of them in one transaction, and one wait for the disk. @throws when one of them fails; nothing has happened then. */
  handleAll(deliveries: readonly Delivery[]): Promise<void> {
    return this.database.transaction(async () => {
      for (const delivery of deliveries) await withLogContext(logContextOf(delivery), () => this.handle(delivery));
    });
  }

  private apply(delivery: Delivery, report: ProviderReport): Promise<ReportOutcome> {
    const { provider, jobId } = delivery;
    const { providerJobId } = report;
    const evidence = { source: 'webhook' as const, id: delivery.id, atMs: delivery.receivedAtMs };
    if (jobId !== null) return this.jobs.apply({ provider, jobId, providerJobId }, report, evidence);
    if (providerJobId !== undefined) return this.jobs.apply({ provider, providerJobId }, report, evidence);
    return Promise.resolve('unknown_job');
  }
}

/** What log lines about a delivery carry. */
export function logContextOf({ correlationId, provider, jobId }: Delivery): Parameters<typeof withLogContext>[0] {
  return { correlation_id: correlationId, provider, job_id: jobId };
}
