import { ApiProperty } from '@nestjs/swagger';
import { jobStatuses, type JobStatus } from '../providers/index.js';
import type { EvidenceSource } from './job.js';
import type { jobView, timelineView, uploadView } from './job-view.js';

const text = { type: String, nullable: true } as const;
const count = { type: Number, nullable: true } as const;
const instant = { type: String, format: 'date-time', nullable: true } as const;

export class ProgressView {
  @ApiProperty() stage!: string;
  @ApiProperty(count) current!: number | null;
  @ApiProperty(count) total!: number | null;
  @ApiProperty(count) percent!: number | null;
  @ApiProperty(text) message!: string | null;
}

export class UploadProgressView implements NonNullable<ReturnType<typeof uploadView>> {
  @ApiProperty({ enum: ['waiting', 'receiving', 'stalled', 'done'] }) stage!: string;
  @ApiProperty() current!: number;
  @ApiProperty(count) total!: null;
  @ApiProperty(count) percent!: number | null;
  @ApiProperty() message!: string;
  @ApiProperty() done!: boolean;
  @ApiProperty(text) error!: string | null;
  @ApiProperty({ format: 'date-time' }) updated_at!: string;
  @ApiProperty() files_received!: number;
  @ApiProperty() bytes_received!: number;
  @ApiProperty() bytes_in_flight!: number;
  @ApiProperty(text) current_file!: string | null;
  @ApiProperty(instant) last_upload_at!: string | null;
  @ApiProperty() rate_bytes_per_second!: number;
  @ApiProperty(instant) stalled_since!: string | null;
}

/** A job as `jobView` makes it, described for the readers of the API. */
export class JobDescription implements ReturnType<typeof jobView> {
  @ApiProperty({ format: 'uuid' }) job_id!: string;
  @ApiProperty({ enum: ['cloud', 'local'] }) job_type!: 'cloud' | 'local';
  @ApiProperty() provider!: string;
  @ApiProperty(text) provider_job_id!: string | null;
  @ApiProperty({ enum: jobStatuses }) status!: JobStatus;
  @ApiProperty(text) config_name!: string | null;
  @ApiProperty(text) tracker_run_name!: string | null;
  @ApiProperty({ format: 'date-time' }) created_at!: string;
  @ApiProperty(instant) queued_at!: string | null;
  @ApiProperty(instant) started_at!: string | null;
  @ApiProperty(instant) completed_at!: string | null;
  @ApiProperty(count) cost_usd!: number | null;
  @ApiProperty(count) estimated_cost_usd!: number | null;
  @ApiProperty(text) hardware_type!: string | null;
  @ApiProperty(text) error_message!: string | null;
  @ApiProperty(text) output_url!: string | null;
  @ApiProperty() user_id!: string;
  @ApiProperty({ type: 'object', additionalProperties: true }) metadata!: Record<string, unknown>;
  @ApiProperty() is_terminal!: boolean;
  @ApiProperty() is_active!: boolean;
  @ApiProperty(count) duration_seconds!: number | null;
  @ApiProperty(count) queue_position!: number | null;
  @ApiProperty() requires_approval!: boolean;
  @ApiProperty({ type: ProgressView, nullable: true }) progress!: ProgressView | null;
  @ApiProperty({ type: UploadProgressView, nullable: true }) upload_progress!: UploadProgressView | null;
}

export class OneJobView {
  @ApiProperty() job!: JobDescription;
}

export class TimelineEntryView implements ReturnType<typeof timelineView> {
  @ApiProperty({ format: 'date-time' }) at!: string;
  @ApiProperty({ enum: ['webhook', 'poll', 'upload', 'user', 'dispatcher', 'timeout'] }) source!: EvidenceSource;
  @ApiProperty({ enum: jobStatuses, nullable: true }) from!: JobStatus | null;
  @ApiProperty({ enum: jobStatuses }) to!: JobStatus;
  @ApiProperty({ type: [String] }) evidence_ids!: string[];
  @ApiProperty(text) note!: string | null;
}

export class TimelineView {
  @ApiProperty() job_id!: string;
  @ApiProperty({ type: [TimelineEntryView] }) timeline!: TimelineEntryView[];
  @ApiProperty(text) next_cursor!: string | null;
}

export class JobLogView {
  @ApiProperty() job_id!: string;
  @ApiProperty() logs!: string;
}

export class InlineProgressView {
  @ApiProperty() job_id!: string;
  @ApiProperty() stage!: string;
  @ApiProperty(text) last_log!: string | null;
  @ApiProperty(count) progress!: number | null;
}

export class JobChangedView {
  @ApiProperty() success!: boolean;
  @ApiProperty() job_id!: string;
  @ApiProperty({ enum: jobStatuses, required: false }) status?: string;
}

export class HardwareOptionView {
  @ApiProperty() id!: string;
  @ApiProperty() label!: string;
  @ApiProperty() usd_per_second!: number;
  @ApiProperty() usd_per_hour!: number;
}

export class HardwareOptionsView {
  @ApiProperty() provider!: string;
  @ApiProperty({ type: [HardwareOptionView] }) hardware_options!: HardwareOptionView[];
}

export class CostEstimateView {
  @ApiProperty() provider!: string;
  @ApiProperty() hardware_profile!: string;
  @ApiProperty() usd_per_second!: number;
  @ApiProperty() based_on_jobs!: number;
  @ApiProperty(count) average_duration_seconds!: number | null;
  @ApiProperty(count) estimated_cost_usd!: number | null;
}

export class DayTotalsView {
  @ApiProperty({ format: 'date' }) day!: string;
  @ApiProperty() jobs!: number;
  @ApiProperty() cost_usd!: number;
}

export class JobsOverviewView {
  @ApiProperty() period_days!: number;
  @ApiProperty() total_jobs!: number;
  @ApiProperty({ type: 'object', additionalProperties: { type: 'number' } }) jobs_by_status!: Record<string, number>;
  @ApiProperty() total_cost_usd!: number;
  @ApiProperty(count) average_duration_seconds!: number | null;
  @ApiProperty({ type: [DayTotalsView] }) per_day!: DayTotalsView[];
}
