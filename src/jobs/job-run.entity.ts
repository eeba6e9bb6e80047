import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { columns } from '../database/index.js';

/** What the server still owes a job: handing it to its provider, following it, and ending its run when it was ended here. */
@Entity('job_runs')
@Index('job_runs_dispatch', ['provider', 'dispatchDueMs'])
@Index('job_runs_settle', ['settleDueMs'])
export class JobRunEntity {
  /** A UUIDv7, so the order of ids is the order of age. */
  @PrimaryColumn(columns.varchar(36, { name: 'job_id' }))
  jobId!: string;

  @Column(columns.varchar(64))
  provider!: string;

  /** The submission as JSON, sealed, as its variables may hold the submitter's credentials. */
  @Column(columns.text())
  submission!: string;

  /** From when on the job may be claimed; null once the provider has it or nobody wants it any more. */
  @Column(columns.bigint({ name: 'dispatch_due_ms', nullable: true }))
  dispatchDueMs!: number | null;

  /** Who is handing the job over at the moment. */
  @Column(columns.varchar(36, { name: 'claimed_by', nullable: true }))
  claimedBy!: string | null;

  /** How often it was claimed: after the first time the provider may have it although we know of no id. */
  @Column(columns.integer({ name: 'dispatch_attempts' }))
  dispatchAttempts!: number;

  /** When to see next whether a run that was ended here has ended at the provider, too; null when it has. */
  @Column(columns.bigint({ name: 'settle_due_ms', nullable: true }))
  settleDueMs!: number | null;

  /** Its provider was asked to tell the end by webhook, so an end that is learned otherwise means a lost one. */
  @Column(columns.flag({ name: 'awaits_webhook', default: 0 }))
  awaitsWebhook!: boolean;
}
