import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { columns } from '../database/index.js';

@Entity('audit_entries')
@Index('audit_entries_type', ['type', 'sequence'])
@Index('audit_entries_actor', ['actorId', 'sequence'])
@Index('audit_entries_target', ['targetType', 'targetId', 'sequence'])
@Index('audit_entries_address', ['address', 'sequence'])
@Index('audit_entries_created_at', ['createdAtMs', 'sequence'])
export class AuditEntryEntity {
  /** Given inside the writing transaction, without gaps: many writers make one chain. */
  @PrimaryColumn({ type: 'bigint', transformer: columns.bigint().transformer })
  sequence!: number;

  @Column(columns.varchar(64))
  type!: string;

  @Column(columns.bigint({ name: 'created_at_ms' }))
  createdAtMs!: number;

  @Column(columns.varchar(128, { name: 'actor_id' }))
  actorId!: string;

  @Column(columns.varchar(128, { name: 'user_id', nullable: true }))
  userId!: string | null;

  @Column(columns.varchar(64, { nullable: true }))
  address!: string | null;

  @Column(columns.varchar(64, { name: 'target_type', nullable: true }))
  targetType!: string | null;

  @Column(columns.varchar(128, { name: 'target_id', nullable: true }))
  targetId!: string | null;

  /** JSON, read by hand: a damaged row must be shown and named, not fail the question. */
  @Column(columns.text())
  details!: string;

  @Column(columns.varchar(128, { name: 'correlation_id', nullable: true }))
  correlationId!: string | null;

  @Column(columns.bigint({ name: 'clock_set_back_ms', nullable: true }))
  clockSetBackMs!: number | null;

  @Column(columns.varchar(64, { name: 'previous_hash' }))
  previousHash!: string;

  @Column(columns.varchar(64))
  hash!: string;

  @Column(columns.varchar(64))
  seal!: string;
}
