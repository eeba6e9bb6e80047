import { Column, Entity, PrimaryColumn } from 'typeorm';
import { columns } from '../database/index.js';

/** One row: what became of the last backups, and how far the schedule has been kept. */
@Entity('backup_state')
export class BackupStateEntity {
  @PrimaryColumn('integer')
  id!: number;

  @Column(columns.bigint({ name: 'scheduled_through_ms' }))
  scheduledThroughMs!: number;

  /** Of servers that took turns by it; while a fleet is updated some may be there. */
  @Column(columns.varchar(36, { name: 'lease_holder' }))
  leaseHolder!: string;

  @Column(columns.bigint({ name: 'lease_until_ms' }))
  retryAtMs!: number;

  @Column(columns.bigint({ name: 'last_success_at_ms' }))
  lastSuccessAtMs!: number;

  @Column(columns.bigint({ name: 'last_failure_at_ms' }))
  lastFailureAtMs!: number;

  @Column(columns.text({ name: 'last_failure' }))
  lastFailure!: string;
}
