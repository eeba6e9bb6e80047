import { ApiProperty } from '@nestjs/swagger';
import type { CostLimitStatus } from './cost-limits.js';

export class CostLimitView {
  @ApiProperty({ example: 'replicate' }) provider!: string;
  @ApiProperty() enabled!: boolean;
  @ApiProperty({ enum: ['warn', 'block'] }) action!: string;
  @ApiProperty({ enum: ['daily', 'weekly', 'monthly'] }) period!: string;
  @ApiProperty({ description: 'periods are those of the calendar in UTC; weeks begin on Monday' })
  period_start!: string;
  @ApiProperty() resets_at!: string;
  @ApiProperty({ nullable: true, type: Number, description: 'null: no amount is set' }) limit_usd!: number | null;
  @ApiProperty({ description: 'by jobs that ended in the period' }) spent_usd!: number;
  @ApiProperty({ description: 'expected of jobs that have not ended' }) reserved_usd!: number;
  @ApiProperty({ nullable: true, type: Number }) remaining_usd!: number | null;
  @ApiProperty({ nullable: true, type: Number, description: 'spent and reserved together' })
  percent_used!: number | null;
  @ApiProperty({ description: 'a further job would be blocked or warned of' }) is_exceeded!: boolean;

  static of(status: CostLimitStatus): CostLimitView {
    const { provider, isEnabled, action, periodLength, period, limitUsd, spentUsd, reservedUsd, percentUsed } = status;
    const usedUsd = spentUsd + reservedUsd;
    return {
      provider,
      enabled: isEnabled,
      action,
      period: periodLength,
      period_start: new Date(period.startMs).toISOString(),
      resets_at: new Date(period.endMs).toISOString(),
      limit_usd: limitUsd,
      spent_usd: spentUsd,
      reserved_usd: reservedUsd,
      remaining_usd: limitUsd === null ? null : Math.max(0, limitUsd - usedUsd),
      percent_used: percentUsed,
      is_exceeded: isEnabled && limitUsd !== null && usedUsd >= limitUsd,
    };
  }
}

export class CostLimitsView {
  @ApiProperty({ type: CostLimitView, isArray: true }) providers!: CostLimitView[];

  static of(statuses: readonly CostLimitStatus[]): CostLimitsView {
    return { providers: statuses.map((status) => CostLimitView.of(status)) };
  }
}
