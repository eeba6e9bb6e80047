import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import type { Override } from './shared-log-level.js';

export const levels = ['DEBUG', 'INFO', 'WARNING', 'ERROR'] as const;
export type LevelName = (typeof levels)[number];

const MINUTES_DEFAULT = 15;
const MINUTES_MAX = 1_440;

export class LogLevelBody {
  @ApiProperty({ enum: levels })
  @IsIn(levels)
  level!: LevelName;

  @ApiPropertyOptional({
    default: MINUTES_DEFAULT,
    minimum: 1,
    maximum: MINUTES_MAX,
    description: 'then it returns by itself',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MINUTES_MAX)
  minutes: number = MINUTES_DEFAULT;
}

export class LogLevelView {
  @ApiProperty({ enum: levels, description: 'the least severe level that is logged now' }) level!: LevelName;
  @ApiProperty({ enum: levels, description: 'that of SIMPLETUNER_LOG_LEVEL, to which it returns' })
  default_level!: LevelName;
  @ApiProperty({ nullable: true, type: String, description: 'when it returns; null: it stays' }) expires_at!:
    string | null;

  static of(override: Override | undefined, defaultLevel: LevelName): LogLevelView {
    return {
      level: override?.level ?? defaultLevel,
      default_level: defaultLevel,
      expires_at: override ? new Date(override.expiresAtMs).toISOString() : null,
    };
  }
}
