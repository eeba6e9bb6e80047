import { Injectable } from '@nestjs/common';
import { StateUnavailable, type KeyUsage } from '#libs/state';
import { Config } from '../config/index.js';
import { StateWatch } from '../state/index.js';
import { LimiterWindows } from './limiter-windows.js';
import { RateLimitRules } from './rate-limit-rules.js';
import { RateLimitTotals } from './rate-limit-totals.js';
import { KeyUsageView, RateLimitRuleView, type RateLimitsView } from './rate-limits.dto.js';

const PREFIX = 'limit:';

/** What operators see of the rate limits. */
@Injectable()
export class RateLimitReport {
  constructor(
    private readonly rules: RateLimitRules,
    private readonly totals: RateLimitTotals,
    private readonly windows: LimiterWindows,
    private readonly watch: StateWatch,
    private readonly config: Config,
  ) {}

  async make(keysMax: number): Promise<RateLimitsView> {
    const nearest = await this.nearest(keysMax);
    return {
      enabled: this.rules.isEnabled,
      rules: this.rules.all.map((rule) => RateLimitRuleView.of(rule, this.totals.of(rule.name))),
      keys: nearest.map((usage) => KeyUsageView.of(usage, PREFIX)),
      store: {
        backend: this.config.settings.stateBackend,
        is_available: this.watch.isAvailable,
        fallback_requests: this.windows.lenient.fallbackHits,
      },
    };
  }

  private async nearest(keysMax: number): Promise<readonly KeyUsage[]> {
    try {
      return await this.windows.nearest(PREFIX, keysMax);
    } catch (error) {
      if (error instanceof StateUnavailable) return [];
      throw error;
    }
  }
}
