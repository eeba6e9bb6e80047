import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { IsArray, IsInt, IsISO8601, IsOptional, IsString, Length, Max, Min } from 'class-validator';
import type { AuditEntry } from './audit-entry.js';

export class AuditQuery {
  @ApiPropertyOptional({ isArray: true, type: String, description: 'full or short name, repeatable' })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (Array.isArray(value) ? value : [value]))
  @IsArray()
  @IsString({ each: true })
  event_type?: string[];

  @ApiPropertyOptional() @IsOptional() @IsString() @Length(1, 128) actor_id?: string;
  @ApiPropertyOptional() @IsOptional() @IsString() @Length(1, 64) target_type?: string;
  @ApiPropertyOptional() @IsOptional() @IsString() @Length(1, 128) target_id?: string;
  @ApiPropertyOptional() @IsOptional() @IsString() @Length(1, 64) ip?: string;
  @ApiPropertyOptional({ description: 'ISO-8601; included' }) @IsOptional() @IsISO8601() since?: string;
  @ApiPropertyOptional({ description: 'ISO-8601; not included' }) @IsOptional() @IsISO8601() until?: string;

  @ApiPropertyOptional({ minimum: 1, maximum: 500, default: 50 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(500)
  limit: number = 50;

  @ApiPropertyOptional() @IsOptional() @IsString() @Length(1, 256) cursor?: string;
}

export class AuditEntryView {
  @ApiProperty() sequence!: number;
  @ApiProperty() event_type!: string;
  @ApiProperty() timestamp!: string;
  @ApiProperty() actor_id!: string;
  @ApiProperty({ nullable: true, type: String }) user_id!: string | null;
  @ApiProperty({ nullable: true, type: String }) ip!: string | null;
  @ApiProperty({ nullable: true, type: String }) target_type!: string | null;
  @ApiProperty({ nullable: true, type: String }) target_id!: string | null;
  @ApiProperty({ type: Object }) details!: Readonly<Record<string, unknown>>;
  @ApiProperty({ nullable: true, type: String }) correlation_id!: string | null;
  @ApiProperty() previous_hash!: string;
  @ApiProperty() hash!: string;

  static of(entry: AuditEntry): AuditEntryView {
    return {
      sequence: entry.sequence,
      event_type: entry.type,
      timestamp: new Date(entry.createdAtMs).toISOString(),
      actor_id: entry.actorId,
      user_id: entry.userId,
      ip: entry.address,
      target_type: entry.targetType,
      target_id: entry.targetId,
      details: entry.details,
      correlation_id: entry.correlationId,
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

export class AuditVerificationView {
  @ApiProperty() valid!: boolean;
  @ApiProperty() checked_rows!: number;
  @ApiProperty() message!: string;
  @ApiProperty({ nullable: true, type: Number, description: 'the first row that is not as it was written' })
  first_bad_sequence!: number | null;
}
