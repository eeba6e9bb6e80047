import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import type { KeyUsage } from '#libs/state';
import { rateLimitLimits } from './rate-limit.limits.js';
import type { RuleTotals } from './rate-limit-totals.js';
import type { RateLimitRule } from './rule.js';

export class RateLimitsQuery {
  @ApiPropertyOptional({ minimum: 1, maximum: rateLimitLimits.reportedKeysMax, default: 20 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(rateLimitLimits.reportedKeysMax)
  limit: number = 20;
}

export class RuleTotalsView implements RuleTotals {
  @ApiProperty() allowed!: number;
  @ApiProperty() refused!: number;
  @ApiProperty({ description: 'would have been refused, had the rule not been in shadow' }) shadowed!: number;
}

export class RateLimitRuleView {
  @ApiProperty() name!: string;
  @ApiProperty({ description: 'a regular expression over the path' }) pattern!: string;
  @ApiProperty({ nullable: true, type: [String], description: 'null: all' }) methods!: string[] | null;
  @ApiProperty() calls!: number;
  @ApiProperty() period_seconds!: number;
  @ApiProperty({ enum: ['enforce', 'shadow'] }) mode!: 'enforce' | 'shadow';
  @ApiProperty({ description: 'of this process, since it started' }) totals!: RuleTotalsView;

  static of(rule: RateLimitRule, totals: RuleTotals): RateLimitRuleView {
    return {
      name: rule.name,
      pattern: rule.pattern.source,
      methods: rule.methods ? [...rule.methods] : null,
      calls: rule.calls,
      period_seconds: rule.periodSeconds,
      mode: rule.isShadow ? 'shadow' : 'enforce',
      totals,
    };
  }
}

export class KeyUsageView {
  @ApiProperty({ description: 'rule and address, or budget and its owner' }) key!: string;
  @ApiProperty() count!: number;
  @ApiProperty() limit!: number;
  @ApiProperty() remaining!: number;
  @ApiProperty() reset_in_seconds!: number;

  static of({ key, usage }: KeyUsage, prefix: string): KeyUsageView {
    const { count, limit, remaining, resetAtMs, nowMs } = usage;
    const resetInSeconds = Math.ceil((resetAtMs - nowMs) / 1_000);
    return { key: key.slice(prefix.length), count, limit, remaining, reset_in_seconds: resetInSeconds };
  }
}

export class RateLimitStoreView {
  @ApiProperty() backend!: string;
  @ApiProperty() is_available!: boolean;
  @ApiProperty({ description: 'requests that this process counted for itself since it started' })
  fallback_requests!: number;
}

export class RateLimitsView {
  @ApiProperty() enabled!: boolean;
  @ApiProperty({ type: [RateLimitRuleView], description: 'in the order in which they are asked' })
  rules!: RateLimitRuleView[];
  @ApiProperty({ type: [KeyUsageView], description: 'in all processes, nearest first; empty while the store is away' })
  keys!: KeyUsageView[];
  @ApiProperty() store!: RateLimitStoreView;
}
