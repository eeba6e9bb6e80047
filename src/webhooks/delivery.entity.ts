import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { columns } from '../database/index.js';
import type { DeliveryState } from './delivery.js';

@Entity('webhook_deliveries')
@Index('webhook_deliveries_sender', ['provider', 'webhookId'], { unique: true })
@Index('webhook_deliveries_due', ['state', 'nextAttemptAtMs'])
@Index('webhook_deliveries_received', ['receivedAtMs', 'id'])
@Index('webhook_deliveries_job', ['jobId'])
export class DeliveryEntity {
  @PrimaryColumn({ type: 'varchar', length: 36 })
  id!: string;

  @Column(columns.varchar(64))
  provider!: string;

  @Column(columns.varchar(256, { name: 'webhook_id' }))
  webhookId!: string;

  @Column(columns.varchar(64, { name: 'job_id', nullable: true }))
  jobId!: string | null;

  @Column(columns.varchar(64))
  address!: string;

  @Column(columns.varchar(128, { name: 'correlation_id' }))
  correlationId!: string;

  @Column(columns.bigint({ name: 'received_at_ms' }))
  receivedAtMs!: number;

  @Column(columns.json())
  body!: object | string | number | boolean | null;

  @Column(columns.varchar(16))
  state!: DeliveryState;

  @Column(columns.integer())
  attempts!: number;

  /** When it is due; a claim moves it into the future, so that a crash of its holder gives it back. */
  @Column(columns.bigint({ name: 'next_attempt_at_ms' }))
  nextAttemptAtMs!: number;

  @Column(columns.bigint({ name: 'processed_at_ms', nullable: true }))
  processedAtMs!: number | null;

  @Column(columns.varchar(512, { nullable: true }))
  outcome!: string | null;
}
