import { ApiProperty } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsISO8601,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { IsReadableInstant } from '../http/index.js';
import { jobStatuses, type JobStatus } from '../providers/index.js';
import { JobDescription } from './jobs.views.js';

/** One path segment that does not begin with a dot: no name leads out of the folder of configurations. */
const CONFIG_NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_. -]{0,126}$/u;
/** Printable ASCII, as a header can carry it. */
const IDEMPOTENCY_KEY = /^[\x20-\x7e]{1,256}$/;
/** PostgreSQL cannot compare text with NUL. */
const NO_CONTROL_CHARACTERS = /^\P{Cc}*$/u;
/** A flag as a query has it; anything else stays what it is, to be refused. */
export const flagText = ({ value }: { value: unknown }): unknown =>
  value === 'true' || value === '1' ? true : value === 'false' || value === '0' ? false : value;
const DATALOADERS_MAX = 100;
/** Free JSON as it was sent: the transformer would drop names such as `toString` from it. */
const asSent = Transform(({ obj, key }) => (obj as Record<string, unknown>)[key]);

export class SubmitQuery {
  @ApiProperty({ required: false, description: 'may be left out when one provider alone is ready' })
  @IsOptional()
  @Matches(/^[a-z0-9_-]{1,64}$/, { message: 'must be the name of a provider' })
  provider?: string;
}

export class SubmitBody extends SubmitQuery {
  @ApiProperty({
    selfRequired: false,
    type: 'object',
    additionalProperties: true,
    description: 'the trainer configuration',
  })
  @IsOptional()
  @asSent
  @IsObject()
  config?: Record<string, unknown>;

  @ApiProperty({ required: false, description: 'a label; without `config`, the name of a configuration on the server' })
  @IsOptional()
  @Matches(CONFIG_NAME, { message: 'must be a name of letters, digits, spaces, dots, dashes and underscores' })
  config_name?: string;

  @ApiProperty({ required: false, type: 'array', items: { type: 'object', additionalProperties: true } })
  @IsOptional()
  @asSent
  @IsArray()
  @ArrayMaxSize(DATALOADERS_MAX)
  @IsObject({ each: true })
  dataloader_config?: Record<string, unknown>[];

  @ApiProperty({ required: false })
  @IsOptional()
  @Matches(/^[\w.-]{1,128}$/, { message: 'must be the id of a hardware profile' })
  hardware_profile?: string;

  @ApiProperty({ required: false, description: 'where the job reports to instead of this server' })
  @IsOptional()
  @IsString()
  @MaxLength(2_048)
  webhook_url?: string;

  @ApiProperty({ required: false })
  @IsOptional()
  @IsString()
  @MaxLength(255)
  @Matches(NO_CONTROL_CHARACTERS, { message: 'must not hold control characters' })
  tracker_run_name?: string;

  @ApiProperty({ selfRequired: false, type: 'object', additionalProperties: { type: 'string' } })
  @IsOptional()
  @asSent
  @IsObject()
  env?: Record<string, unknown>;

  @ApiProperty({ required: false, maxLength: 256, description: 'or the header Idempotency-Key' })
  @IsOptional()
  @Matches(IDEMPOTENCY_KEY, { message: 'must be 1 to 256 printable ASCII characters' })
  idempotency_key?: string;
}

/** Whether a header's value can be an idempotency key. */
export function isIdempotencyKey(key: string): boolean {
  return IDEMPOTENCY_KEY.test(key);
}

export class SubmitAnswer {
  @ApiProperty()
  success!: boolean;
  @ApiProperty()
  job_id!: string;
  @ApiProperty({ enum: jobStatuses })
  status!: JobStatus;
  @ApiProperty({ description: 'the idempotency key was known: this is the job that it made' })
  idempotent_hit!: boolean;
  @ApiProperty({ nullable: true, type: 'string' })
  cost_limit_warning!: string | null;
  @ApiProperty({ type: [String] })
  quota_warnings!: string[];
  @ApiProperty()
  requires_approval!: boolean;
}

export class ListQuery {
  @ApiProperty({ required: false, enum: jobStatuses, isArray: true })
  @IsOptional()
  @Transform(({ value }) => (typeof value === 'string' ? value.split(',') : (value as unknown)))
  @IsIn(jobStatuses, { each: true, message: `must be among ${jobStatuses.join(', ')}` })
  status?: JobStatus[];

  @ApiProperty({ required: false })
  @IsOptional()
  @Matches(/^[a-z0-9_-]{1,64}$/, { message: 'must be the name of a provider' })
  provider?: string;

  @ApiProperty({ required: false, enum: ['cloud', 'local'] })
  @IsOptional()
  @IsIn(['cloud', 'local'])
  job_type?: 'cloud' | 'local';

  @ApiProperty({ required: false })
  @IsOptional()
  @IsString()
  @MaxLength(128)
  @Matches(NO_CONTROL_CHARACTERS, { message: 'must not hold control characters' })
  user?: string;

  @ApiProperty({ required: false, description: 'part of an id or of a name, in any case' })
  @IsOptional()
  @IsString()
  @MaxLength(255)
  @Matches(NO_CONTROL_CHARACTERS, { message: 'must not hold control characters' })
  q?: string;

  @ApiProperty({ required: false, format: 'date-time' })
  @IsOptional()
  @IsISO8601({ strict: true })
  @IsReadableInstant()
  created_after?: string;

  @ApiProperty({ required: false, format: 'date-time' })
  @IsOptional()
  @IsISO8601({ strict: true })
  @IsReadableInstant()
  created_before?: string;

  @ApiProperty({ required: false, minimum: 1, maximum: 500 })
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(500)
  limit: number = 50;

  @ApiProperty({ required: false, minimum: 0 })
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(1_000_000_000)
  offset: number = 0;

  @ApiProperty({ required: false, description: '`next_cursor` of the page before' })
  @IsOptional()
  @IsString()
  @MaxLength(512)
  cursor?: string;

  @ApiProperty({ required: false, description: 'ask the providers for the state of active jobs first' })
  @Transform(flagText)
  @IsBoolean()
  sync_active: boolean = false;
}

export class TimelineQuery {
  @ApiProperty({ required: false, minimum: 1, maximum: 1_000 })
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1_000)
  limit: number = 500;

  @ApiProperty({ required: false, description: '`next_cursor` of the page before' })
  @IsOptional()
  @IsString()
  @MaxLength(512)
  cursor?: string;
}

export class JobList {
  @ApiProperty({ type: [JobDescription] })
  jobs!: JobDescription[];
  @ApiProperty({ description: 'how many jobs there are in all, not only on this page' })
  total!: number;
  @ApiProperty({ nullable: true, type: 'string' })
  next_cursor!: string | null;
}

export class PeriodQuery {
  @ApiProperty({ required: false, minimum: 1, maximum: 366 })
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(366)
  days: number = 30;
}

export class EstimateQuery extends SubmitQuery {
  @ApiProperty({ required: false })
  @IsOptional()
  @Matches(/^[\w.-]{1,128}$/, { message: 'must be the id of a hardware profile' })
  hardware_profile?: string;
}
