import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import type { withLogContext } from '#libs/log';
import { Database } from '../database/index.js';
import { JobReports, type ReportOutcome, type Tiding } from '../jobs/index.js';
import { ProviderRegistry } from '../providers/index.js';
import type { Delivery } from './delivery.js';
import { DeliveryRepository } from './delivery.repository.js';
import { isSelfTest, SELF_TEST } from './self-test.js';

/** The delivery speaks of a job that is not here (yet): the provider may be faster than the record of its id. */
export class UnknownJob extends Error {
  override readonly name = 'UnknownJob';
}

/** A delivery that has to be tried again, and why. */
export interface Failure {
  readonly delivery: Delivery;
  readonly error: unknown;
}

/** A delivery as its provider's adapter understands it; without a tiding it says nothing of a job. */
interface Reading {
  readonly delivery: Delivery;
  readonly tiding?: Tiding;
  readonly error?: unknown;
}

/** What deliveries do. */
@Injectable()
export class DeliveryHandler {
  constructor(
    private readonly database: Database,
    private readonly deliveries: DeliveryRepository,
    private readonly providers: ProviderRegistry,
    private readonly jobs: JobReports,
    private readonly clock: Clock,
  ) {}

  /**
   * All of them in one transaction, and one wait for the disk; jobs are written once, however many deliveries speak of them.
   * Returns what has to be tried again, with the reasons; nothing of that has happened. @throws when nothing at all has happened.
   */
  async handle(deliveries: readonly Delivery[]): Promise<readonly Failure[]> {
    const readings = deliveries.map((delivery) => this.read(delivery));
    const failures = readings.flatMap(({ delivery, error }) => (error === undefined ? [] : [{ delivery, error }]));
    const read = readings.filter(({ error }) => error === undefined);
    const unknown = await this.database.transaction(() => this.apply(read));
    return [...failures, ...unknown];
  }

  private read(delivery: Delivery): Reading {
    const { provider, jobId } = delivery;
    try {
      const report = this.providers.get(provider).parseWebhook(delivery.body);
      if (!report) return { delivery };
      const { providerJobId } = report;
      const evidence = { source: 'webhook' as const, id: delivery.id, atMs: delivery.receivedAtMs };
      const rest = { report, evidence, correlationId: delivery.correlationId };
      if (jobId !== null) return { delivery, tiding: { selector: { provider, jobId, providerJobId }, ...rest } };
      if (providerJobId !== undefined) return { delivery, tiding: { selector: { provider, providerJobId }, ...rest } };
      return { delivery, error: unknownJob() };
    } catch (error) {
      return { delivery, error };
    }
  }

  private async apply(readings: readonly Reading[]): Promise<readonly Failure[]> {
    const outcomes = await this.jobs.applyAll(readings.flatMap(({ tiding }) => tiding ?? []));
    const byOutcome = new Map<ReportOutcome | ReturnType<typeof silentOutcome>, Delivery[]>();
    for (const { delivery, tiding } of readings) {
      const outcome = tiding ? (outcomes.shift() ?? 'unknown_job') : silentOutcome(delivery);
      byOutcome.set(outcome, [...(byOutcome.get(outcome) ?? []), delivery]);
    }
    const unknown = byOutcome.get('unknown_job') ?? [];
    byOutcome.delete('unknown_job');
    const nowMs = this.clock.now();
    for (const [outcome, of] of byOutcome) {
      const ids = of.map(({ id }) => id);
      await this.deliveries.complete(ids, outcome, nowMs);
    }
    return unknown.map((delivery) => ({ delivery, error: unknownJob() }));
  }
}

/** Of a delivery that says nothing of a job. */
function silentOutcome({ body }: Delivery): 'ignored' | typeof SELF_TEST {
  return isSelfTest(body) ? SELF_TEST : 'ignored';
}

function unknownJob(): UnknownJob {
  return new UnknownJob('No such job is known here');
}

/** What log lines about a delivery carry. */
export function logContextOf({ correlationId, provider, jobId }: Delivery): Parameters<typeof withLogContext>[0] {
  return { correlation_id: correlationId, provider, job_id: jobId };
}
