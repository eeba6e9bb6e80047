import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { invalidFields, type Caller } from '../http/index.js';
import { ProviderRegistry, type HardwareProfile } from '../providers/index.js';
import { JobRepository, type JobTotals } from './job.repository.js';
import { iso } from './job-view.js';

const DAY_MS = 86_400_000;
/** Past runs that an estimate looks at. */
const ESTIMATE_DAYS = 90;

/** Numbers made from the stored jobs. */
@Injectable()
export class JobStatistics {
  constructor(
    private readonly jobs: JobRepository,
    private readonly providers: ProviderRegistry,
    private readonly clock: Clock,
  ) {}

  /** What happened in the last `days` days to the jobs that the caller may see. */
  async overview(days: number, caller: Caller) {
    const createdAfterMs = this.clock.now() - days * DAY_MS;
    const mine = caller.permissions.has('job.view.all') ? {} : { userId: caller.userId ?? '' };
    const totals = await this.jobs.totals({ ...mine, createdAfterMs });
    const perDay = new Map<number, { jobs: number; cost_usd: number }>();
    for (const { dayMs, jobs, costUsd } of totals) {
      const day = perDay.get(dayMs) ?? { jobs: 0, cost_usd: 0 };
      perDay.set(dayMs, { jobs: day.jobs + jobs, cost_usd: day.cost_usd + costUsd });
    }
    return {
      period_days: days,
      total_jobs: sum(totals, ({ jobs }) => jobs),
      jobs_by_status: Object.fromEntries(
        [...new Set(totals.map(({ status }) => status))].map((status) => [
          status,
          sum(totals, (total) => (total.status === status ? total.jobs : 0)),
        ]),
      ),
      total_cost_usd: sum(totals, ({ costUsd }) => costUsd),
      average_duration_seconds: averageSeconds(totals),
      per_day: [...perDay]
        .sort(([left], [right]) => left - right)
        .map(([dayMs, day]) => ({ day: iso(dayMs).slice(0, 10), ...day })),
    };
  }

  /** What a provider offers, each profile at its own price. */
  async hardware(provider: string): Promise<readonly HardwareProfile[]> {
    return this.providers.get(provider).hardware();
  }

  /**
   * What a job would cost: the average time of the runs that the caller may see and that have completed, on whatever hardware,
   * at the price of the profile. A cost limit reserves by what everybody's runs on that profile cost (`CostLimits`).
   */
  async estimate(provider: string, profileId: string | undefined, caller: Caller) {
    const profiles = await this.hardware(provider);
    const profile = profileId === undefined ? profiles[0] : profiles.find(({ id }) => id === profileId);
    if (!profile)
      throw invalidFields([
        { field: 'hardware_profile', message: `must be one of ${profiles.map(({ id }) => id).join(', ')}` },
      ]);
    const mine = caller.permissions.has('job.view.all') ? {} : { userId: caller.userId ?? '' };
    const createdAfterMs = this.clock.now() - ESTIMATE_DAYS * DAY_MS;
    const totals = await this.jobs.totals({ ...mine, provider, statuses: ['completed'], createdAfterMs });
    const seconds = averageSeconds(totals);
    return {
      provider,
      hardware_profile: profile.id,
      usd_per_second: profile.usdPerSecond,
      based_on_jobs: sum(totals, ({ timedJobs }) => timedJobs),
      average_duration_seconds: seconds,
      estimated_cost_usd: seconds === null ? null : seconds * profile.usdPerSecond,
    };
  }
}

function averageSeconds(totals: readonly JobTotals[]): number | null {
  const jobs = sum(totals, ({ timedJobs }) => timedJobs);
  return jobs === 0 ? null : sum(totals, ({ durationMs }) => durationMs) / jobs / 1000;
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
