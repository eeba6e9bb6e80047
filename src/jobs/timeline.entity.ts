import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import { columns } from '../database/index.js';
import type { JobStatus } from '../providers/index.js';
import type { EvidenceSource } from './job.js';

/** One event that made a job what it is. */
@Entity('job_timeline')
@Index('job_timeline_job', ['jobId', 'sequence'])
export class TimelineEntity {
  @PrimaryGeneratedColumn('increment', { type: 'integer' })
  sequence!: number;

  @Column(columns.varchar(36, { name: 'job_id' }))
  jobId!: string;

  @Column(columns.bigint({ name: 'at_ms' }))
  atMs!: number;

  @Column(columns.varchar(16))
  source!: EvidenceSource;

  @Column(columns.varchar(255, { name: 'evidence_id' }))
  evidenceId!: string;

  @Column(columns.varchar(16, { name: 'from_status', nullable: true }))
  fromStatus!: JobStatus | null;

  @Column(columns.varchar(16, { name: 'to_status' }))
  toStatus!: JobStatus;

  @Column(columns.text({ nullable: true }))
  note!: string | null;
}
