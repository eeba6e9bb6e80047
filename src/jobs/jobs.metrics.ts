import { Injectable } from '@nestjs/common';
import { Metrics, type Sample, type Totals } from '../metrics/index.js';
import { jobStatuses, ProviderRegistry } from '../providers/index.js';
import { activeStatuses } from './job-states.js';
import { jobTotals } from './job-totals.js';
import { LostWebhooks } from './lost-webhooks.js';

/** The families of jobs, from totals that are kept as jobs change. */
@Injectable()
export class JobsMetrics {
  constructor(metrics: Metrics, lostWebhooks: LostWebhooks, providers: ProviderRegistry) {
    const add = (
      name: string,
      type: 'counter' | 'gauge',
      help: string,
      of: (totals: Totals) => readonly Sample[],
    ): void =>
      metrics.add({ name, type, help, category: 'jobs', scope: 'fleet' }, async (scrape) => of(await scrape.totals));
    add('simpletuner_jobs_total', 'counter', 'Jobs ever submitted', (totals) => one(totals.sum(jobTotals.submitted)));
    add('simpletuner_jobs_by_status', 'gauge', 'Jobs that are there, by status', (totals) => {
      const byStatus = totals.sumBy(jobTotals.jobs, 1);
      return jobStatuses.map((status) => ({ labels: { status }, value: byStatus.get(status) ?? 0 }));
    });
    add('simpletuner_jobs_active', 'gauge', 'Jobs that have not ended', (totals) => {
      const byStatus = totals.sumBy(jobTotals.jobs, 1);
      return one(activeStatuses.reduce((sum, status) => sum + (byStatus.get(status) ?? 0), 0));
    });
    add('simpletuner_cost_usd_total', 'counter', 'What jobs have cost, in US dollars', (totals) =>
      one(totals.sum(jobTotals.costMicrousd) / 1_000_000),
    );
    add('simpletuner_job_duration_seconds_avg', 'gauge', 'Average time from the start of a job to its end', (totals) =>
      one(totals.sum(jobTotals.durationMs) / 1_000 / Math.max(1, totals.sum(jobTotals.timed))),
    );
    add('simpletuner_jobs_submitted_total', 'counter', 'Jobs ever submitted, by provider', (totals) =>
      byProvider(totals, jobTotals.submitted, 1),
    );
    add('simpletuner_jobs_ended_total', 'counter', 'Jobs that have ended, by provider and outcome', (totals) =>
      totals
        .entries(jobTotals.ended)
        .map(([[provider = '', status = ''], value]) => ({ labels: { provider, status }, value })),
    );
    add('simpletuner_provider_cost_usd_total', 'counter', 'What jobs have cost, in US dollars, by provider', (totals) =>
      byProvider(totals, jobTotals.costMicrousd, 1_000_000),
    );
    metrics.add(
      {
        name: 'simpletuner_webhooks_lost_total',
        help: 'Ends of jobs that were learned by asking although a webhook should have told them',
        type: 'counter',
        category: 'provider',
        scope: 'fleet',
      },
      async () => {
        // From 0 on: of a series that begins with its first loss no rate would tell of that one.
        const none = providers.offered.filter(({ isRemote }) => isRemote).map(({ name }) => [name, 0] as const);
        const lost = (await lostWebhooks.totals()).map((total) => [total.provider, total.lost] as const);
        return [...new Map([...none, ...lost])].map(([provider, value]) => ({ labels: { provider }, value }));
      },
    );
  }
}

function one(value: number): readonly Sample[] {
  return [{ value }];
}

function byProvider(totals: Totals, name: string, unit: number): readonly Sample[] {
  return [...totals.sumBy(name, 0)].map(([provider, value]) => ({ labels: { provider }, value: value / unit }));
}
