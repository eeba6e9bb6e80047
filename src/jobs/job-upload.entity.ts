import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { columns } from '../database/index.js';

/** A job's upload credential and what has arrived with it. */
@Entity('job_uploads')
@Index('job_uploads_token', ['uploadToken'], { unique: true })
@Index('job_uploads_silent', ['closedAtMs', 'updatedAtMs'])
export class JobUploadEntity {
  @PrimaryColumn(columns.varchar(36, { name: 'job_id' }))
  jobId!: string;

  @Column(columns.varchar(32, { name: 'upload_token' }))
  uploadToken!: string;

  @Column(columns.varchar(128, { name: 'user_id' }))
  userId!: string;

  @Column(columns.varchar(64))
  provider!: string;

  @Column(columns.bigint({ name: 'created_at_ms' }))
  createdAtMs!: number;

  @Column(columns.bigint({ name: 'closed_at_ms', nullable: true }))
  closedAtMs!: number | null;

  /** Closed for good, without the time of grace that follows a completion. */
  @Column(columns.flag({ name: 'is_revoked' }))
  isRevoked!: boolean;

  @Column(columns.bigint({ name: 'files_received' }))
  filesReceived!: number;

  @Column(columns.bigint({ name: 'bytes_received' }))
  bytesReceived!: number;

  @Column(columns.bigint({ name: 'bytes_in_flight' }))
  bytesInFlight!: number;

  @Column(columns.double({ name: 'rate_bytes_per_second' }))
  rateBytesPerSecond!: number;

  @Column(columns.text({ name: 'current_file', nullable: true }))
  currentFile!: string | null;

  @Column(columns.text({ nullable: true }))
  error!: string | null;

  @Column(columns.bigint({ name: 'last_upload_at_ms', nullable: true }))
  lastUploadAtMs!: number | null;

  @Column(columns.bigint({ name: 'updated_at_ms', nullable: true }))
  updatedAtMs!: number | null;

  /** Since when it is known that nothing comes any more; null while all is well. */
  @Column(columns.bigint({ name: 'stalled_at_ms', nullable: true }))
  stalledAtMs!: number | null;

  @Column(columns.integer({ name: 'gap_count', default: 0 }))
  gapCount!: number;

  @Column(columns.bigint({ name: 'longest_gap_ms', default: 0 }))
  longestGapMs!: number;
}
