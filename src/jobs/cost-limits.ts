import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { DomainError } from '../http/index.js';
import { ProviderRegistry, ProviderSettingsService, type ProviderSettings } from '../providers/index.js';
import { periodAt, type Period } from './cost-period.js';
import { JobCostRepository } from './job-cost.repository.js';

/** Completed runs that an estimate is the mean of. */
const ESTIMATE_RUNS = 20;
/** From here on a submitter is told that the limit is near. */
const NEAR_PERCENT = 80;
/** Sums of fractions of cents, each rounded to a billionth of a dollar, must not tip a limit that is met exactly. */
const TOLERANCE_USD = 1e-6;

/** How a provider stands against its cost limit. Amounts are US dollars. */
export interface CostLimitStatus {
  readonly provider: string;
  readonly isEnabled: boolean;
  readonly action: ProviderSettings['cost_limit_action'];
  readonly periodLength: ProviderSettings['cost_limit_period'];
  readonly period: Period;
  /** Null when no amount is set: then nothing is limited. */
  readonly limitUsd: number | null;
  readonly spentUsd: number;
  /** What jobs are expected to cost that have not ended, or whose run at the provider has not. */
  readonly reservedUsd: number;
  /** Of what is spent and reserved together; null without a limit. */
  readonly percentUsed: number | null;
}

/** What a new job is weighed by. */
export interface CostCheck {
  readonly provider: string;
  /** Null when nothing is known that an estimate could be made of. */
  readonly estimatedUsd: number | null;
  readonly settings: ProviderSettings;
}

/** What a limit that blocks answers to a submission. */
export class CostLimitExceeded extends DomainError {
  constructor(status: CostLimitStatus, check: CostCheck) {
    super('limited', 'cost_limit_exceeded', sentence('would be exceeded', status, check), {
      details: {
        provider: status.provider,
        limit_usd: status.limitUsd,
        period: status.periodLength,
        spent_usd: status.spentUsd,
        reserved_usd: status.reservedUsd,
        estimated_cost_usd: check.estimatedUsd,
        resets_at: new Date(status.period.endMs).toISOString(),
      },
    });
  }
}

/** Watches what each provider costs, and what its jobs under way are expected to cost. */
@Injectable()
export class CostLimits {
  constructor(
    private readonly costs: JobCostRepository,
    private readonly settings: ProviderSettingsService,
    private readonly providers: ProviderRegistry,
    private readonly clock: Clock,
  ) {}

  /** Gathers what `reserve` needs; to be called before the transaction that makes the job. */
  async prepare(provider: string, hardware: string | null): Promise<CostCheck> {
    const settings = await this.settings.get(provider);
    return { provider, settings, estimatedUsd: await this.estimate(provider, hardware, settings) };
  }

  /**
   * Whether one more job may begin, as the first step of the transaction that makes it: jobs that are submitted at the same
   * moment, anywhere in the fleet, are weighed one after the other. Returns what to warn the submitter of, or null.
   * @throws CostLimitExceeded when the limit blocks.
   */
  async reserve(check: CostCheck): Promise<string | null> {
    const { cost_limit_enabled: isEnabled, cost_limit_amount: limitUsd } = check.settings;
    if (!isEnabled || limitUsd === null) return null;
    await this.costs.takeTurn(check.provider);
    const status = await this.statusUnder(check.provider, check.settings);
    const before = status.spentUsd + status.reservedUsd;
    const after = before + (check.estimatedUsd ?? 0);
    const isOver = before >= limitUsd - TOLERANCE_USD || after > limitUsd + TOLERANCE_USD;
    if (isOver && status.action === 'block') throw new CostLimitExceeded(status, check);
    if (isOver) return sentence('is exceeded', status, check);
    return (after / limitUsd) * 100 >= NEAR_PERCENT ? sentence('is near', status, check) : null;
  }

  /** Of every provider offered here, or the one named. @throws DomainError not_found. */
  async statuses(provider?: string): Promise<CostLimitStatus[]> {
    const names = provider === undefined ? this.providers.names : [this.providers.get(provider).name];
    return Promise.all(names.map(async (name) => this.statusUnder(name, await this.settings.get(name))));
  }

  /** Of the providers whose limit is on and has an amount; what others cost is not looked at. */
  async statusesInForce(): Promise<CostLimitStatus[]> {
    const settings = await Promise.all(
      this.providers.names.map(async (name) => [name, await this.settings.get(name)] as const),
    );
    const inForce = settings.filter(([, given]) => given.cost_limit_enabled && given.cost_limit_amount !== null);
    return Promise.all(inForce.map(([name, given]) => this.statusUnder(name, given)));
  }

  private async statusUnder(provider: string, settings: ProviderSettings): Promise<CostLimitStatus> {
    const period = periodAt(settings.cost_limit_period, this.clock.now());
    const sums = await this.costs.sums(provider, period.startMs);
    const limitUsd = settings.cost_limit_amount;
    return {
      provider,
      isEnabled: settings.cost_limit_enabled,
      action: settings.cost_limit_action,
      periodLength: settings.cost_limit_period,
      period,
      limitUsd,
      ...sums,
      percentUsed: limitUsd === null ? null : percentOf(sums.spentUsd + sums.reservedUsd, limitUsd),
    };
  }

  /**
   * The mean of everybody's newest completed runs on this hardware; before there are any, the longest run that is allowed at
   * its price. What `JobStatistics.estimate` shows before a submission differs: it is made of the time of the caller's own runs.
   */
  private async estimate(
    provider: string,
    hardware: string | null,
    settings: ProviderSettings,
  ): Promise<number | null> {
    const mean = await this.costs.meanUsd(provider, hardware ?? '', ESTIMATE_RUNS);
    if (mean !== undefined) return mean;
    if (settings.max_runtime_minutes === null) return null;
    const profiles = (await this.providers.find(provider)?.hardware()) ?? [];
    const price =
      profiles.find(({ id }) => id === hardware)?.usdPerSecond ??
      Math.min(...profiles.map(({ usdPerSecond }) => usdPerSecond));
    return Number.isFinite(price) ? price * settings.max_runtime_minutes * 60 : null;
  }
}

function percentOf(usedUsd: number, limitUsd: number): number {
  return limitUsd === 0 ? 100 : (usedUsd / limitUsd) * 100;
}

/** Programs of old look for the words "Cost limit" in the text. */
function sentence(what: string, status: CostLimitStatus, { estimatedUsd }: CostCheck): string {
  const { provider, limitUsd, periodLength, spentUsd, reservedUsd } = status;
  const job = estimatedUsd === null ? '' : `, this job is expected to cost ${dollars(estimatedUsd)}`;
  return `Cost limit of ${provider} (${dollars(limitUsd ?? 0)} ${periodLength}) ${what}: ${dollars(spentUsd)} spent, ${dollars(reservedUsd)} expected of jobs under way${job}.`;
}

function dollars(amount: number): string {
  return `$${amount.toFixed(2)}`;
}
