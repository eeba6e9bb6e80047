import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsIn, IsInt, IsISO8601, IsOptional, IsString, Length, Max, Min } from 'class-validator';
import type { SignedCheckpoint } from '#libs/audit-chain';
import { IsReadableInstant } from '../http/index.js';
import type { AuditEntry } from './audit-entry.js';

export class AuditFilterQuery {
  @ApiPropertyOptional({ isArray: true, type: String, description: 'full or short name, repeatable' })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (Array.isArray(value) ? (value as unknown[]) : [value]))
  @IsArray()
  @ArrayMaxSize(64)
  @IsString({ each: true })
  event_type?: string[];

  @ApiPropertyOptional() @IsOptional() @IsString() @Length(1, 128) actor_id?: string;
  @ApiPropertyOptional() @IsOptional() @IsString() @Length(1, 64) target_type?: string;
  @ApiPropertyOptional() @IsOptional() @IsString() @Length(1, 128) target_id?: string;
  @ApiPropertyOptional() @IsOptional() @IsString() @Length(1, 64) ip?: string;
  @ApiPropertyOptional({ description: 'ISO-8601; included' })
  @IsOptional()
  @IsISO8601()
  @IsReadableInstant()
  since?: string;
  @ApiPropertyOptional({ description: 'ISO-8601; not included' })
  @IsOptional()
  @IsISO8601()
  @IsReadableInstant()
  until?: string;
}

export class AuditQuery extends AuditFilterQuery {
  @ApiPropertyOptional({ minimum: 1, maximum: 500, default: 50 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(500)
  limit: number = 50;

  @ApiPropertyOptional() @IsOptional() @IsString() @Length(1, 256) cursor?: string;
}

export class CheckpointQuery {
  @ApiPropertyOptional({ minimum: 1, maximum: 500, default: 50 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(500)
  limit: number = 50;

  @ApiPropertyOptional() @IsOptional() @IsString() @Length(1, 256) cursor?: string;
}

export class VerifyQuery {
  @ApiPropertyOptional({ minimum: 1, description: 'sequence of the first row' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  from?: number;

  @ApiPropertyOptional({ minimum: 1, description: 'sequence of the last row, included' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  to?: number;
}

export class ExportQuery extends AuditFilterQuery {
  @ApiPropertyOptional({ enum: ['jsonl', 'csv'], default: 'jsonl' })
  @IsOptional()
  @IsIn(['jsonl', 'csv'])
  format: 'jsonl' | 'csv' = 'jsonl';

  @ApiPropertyOptional({ minimum: 1, description: 'sequence of the first row' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  from?: number;

  @ApiPropertyOptional({ minimum: 1, description: 'sequence of the last row, included' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  to?: number;
}

export class AuditEntryView {
  @ApiProperty() sequence!: number;
  @ApiProperty() event_type!: string;
  @ApiProperty({ description: 'as the clock of the writing replica told it' }) timestamp!: string;
  @ApiProperty() actor_id!: string;
  @ApiProperty({ nullable: true, type: String }) user_id!: string | null;
  @ApiProperty({ nullable: true, type: String }) ip!: string | null;
  @ApiProperty({ nullable: true, type: String }) target_type!: string | null;
  @ApiProperty({ nullable: true, type: String }) target_id!: string | null;
  @ApiProperty({ type: 'object', additionalProperties: true }) details!: Readonly<Record<string, unknown>>;
  @ApiProperty({ nullable: true, type: String }) correlation_id!: string | null;
  @ApiProperty({
    nullable: true,
    type: Number,
    description: 'how far the clock was behind the row before it, where that is over a minute',
  })
  clock_set_back_ms!: number | null;
  @ApiProperty() previous_hash!: string;
  @ApiProperty() hash!: string;

  static of(entry: AuditEntry): AuditEntryView {
    return {
      sequence: entry.sequence,
      event_type: entry.type,
      timestamp: timestampOf(entry.createdAtMs),
      actor_id: entry.actorId,
      user_id: entry.userId,
      ip: entry.address,
      target_type: entry.targetType,
      target_id: entry.targetId,
      details: entry.details,
      correlation_id: entry.correlationId,
      clock_set_back_ms: entry.clockSetBackMs,
      previous_hash: entry.previousHash,
      hash: entry.hash,
    };
  }
}

export class AuditPageView {
  @ApiProperty({ type: [AuditEntryView] }) entries!: AuditEntryView[];
  @ApiProperty({ description: 'how many rows match the filter' }) total!: number;
  @ApiProperty() has_more!: boolean;
  @ApiProperty({ nullable: true, type: String }) next_cursor!: string | null;
}

export class AuditStatsView {
  @ApiProperty() total!: number;
  @ApiProperty() last_24h!: number;
  @ApiProperty({ type: 'object', additionalProperties: { type: 'number' } }) by_type!: Readonly<Record<string, number>>;

  static of(byType: Readonly<Record<string, number>>, last24h: number): AuditStatsView {
    const total = Object.values(byType).reduce((sum, count) => sum + count, 0);
    return { total, last_24h: last24h, by_type: byType };
  }
}

export class AuditTypesView {
  @ApiProperty({ type: [String] }) types!: readonly string[];
}

export class CheckpointView {
  @ApiProperty({ description: 'the row that the log had come to' }) sequence!: number;
  @ApiProperty() hash!: string;
  @ApiProperty() time_ms!: number;
  @ApiProperty() signed_at_ms!: number;
  @ApiProperty() segment!: number;
  @ApiProperty() ends_segment!: boolean;
  @ApiProperty() key_id!: string;
  @ApiProperty({ description: 'Ed25519, base64' }) signature!: string;

  static of(checkpoint: SignedCheckpoint): CheckpointView {
    const { sequence, hash, timeMs, signedAtMs, segment, endsSegment, keyId, signature } = checkpoint;
    return {
      sequence,
      hash,
      time_ms: timeMs,
      signed_at_ms: signedAtMs,
      segment,
      ends_segment: endsSegment,
      key_id: keyId,
      signature,
    };
  }
}

export class CheckpointPageView {
  @ApiProperty({ type: [CheckpointView] }) checkpoints!: CheckpointView[];
  @ApiProperty({ type: [String], description: 'PEM, the present one first' }) public_keys!: string[];
  @ApiProperty() has_more!: boolean;
  @ApiProperty({ nullable: true, type: String }) next_cursor!: string | null;
}

/** A damaged row may hold any number. */
export function timestampOf(timeMs: number): string {
  const date = new Date(timeMs);
  return Number.isNaN(date.getTime()) ? String(timeMs) : date.toISOString();
}
