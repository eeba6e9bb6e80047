import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { columns } from '../database/index.js';
import type { JobStatus, Progress } from '../providers/index.js';
import type { Job } from './job.js';

/** Every filter of the list has an index that also gives its order: newest first, ids breaking ties. */
@Entity('jobs')
@Index('jobs_created', ['createdAtMs', 'jobId'])
@Index('jobs_user_created', ['userId', 'createdAtMs', 'jobId'])
@Index('jobs_status_created', ['status', 'createdAtMs', 'jobId'])
@Index('jobs_provider_created', ['provider', 'createdAtMs', 'jobId'])
@Index('jobs_type_created', ['jobType', 'createdAtMs', 'jobId'])
@Index('jobs_provider_job', ['provider', 'providerJobId'])
export class JobEntity implements Job {
  @PrimaryColumn(columns.varchar(36, { name: 'job_id' }))
  jobId!: string;

  @Column(columns.varchar(16, { name: 'job_type' }))
  jobType!: 'cloud' | 'local';

  @Column(columns.varchar(64))
  provider!: string;

  @Column(columns.varchar(255, { name: 'provider_job_id', nullable: true }))
  providerJobId!: string | null;

  @Column(columns.varchar(16))
  status!: JobStatus;

  @Column(columns.varchar(255, { name: 'config_name', nullable: true }))
  configName!: string | null;

  @Column(columns.varchar(255, { name: 'tracker_run_name', nullable: true }))
  trackerRunName!: string | null;

  @Column(columns.varchar(128, { name: 'user_id' }))
  userId!: string;

  @Column(columns.json())
  metadata!: Readonly<Record<string, unknown>>;

  @Column(columns.bigint({ name: 'created_at_ms' }))
  createdAtMs!: number;

  @Column(columns.bigint({ name: 'queued_at_ms', nullable: true }))
  queuedAtMs!: number | null;

  @Column(columns.bigint({ name: 'started_at_ms', nullable: true }))
  startedAtMs!: number | null;

  @Column(columns.flag({ name: 'is_start_told' }))
  isStartTold!: boolean;

  @Column(columns.bigint({ name: 'completed_at_ms', nullable: true }))
  completedAtMs!: number | null;

  @Column(columns.flag({ name: 'is_completion_told' }))
  isCompletionTold!: boolean;

  @Column(columns.double({ name: 'cost_usd', nullable: true }))
  costUsd!: number | null;

  @Column(columns.double({ name: 'estimated_cost_usd', nullable: true }))
  estimatedCostUsd!: number | null;

  @Column(columns.varchar(128, { name: 'hardware_profile', nullable: true }))
  hardwareProfile!: string | null;

  @Column(columns.varchar(128, { name: 'hardware_type', nullable: true }))
  hardwareType!: string | null;

  @Column(columns.text({ name: 'error_message', nullable: true }))
  errorMessage!: string | null;

  @Column(columns.text({ name: 'output_url', nullable: true }))
  outputUrl!: string | null;

  @Column(columns.json({ nullable: true }))
  progress!: Progress | null;

  @Column(columns.bigint({ name: 'progress_at_ms', nullable: true }))
  progressAtMs!: number | null;

  @Column(columns.text({ name: 'last_log', nullable: true }))
  lastLog!: string | null;

  @Column(columns.bigint({ name: 'last_log_at_ms', nullable: true }))
  lastLogAtMs!: number | null;

  @Column(columns.varchar(128, { name: 'correlation_id' }))
  correlationId!: string;
}
