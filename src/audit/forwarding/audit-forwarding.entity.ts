import { Column, Entity, PrimaryColumn } from 'typeorm';
import { columns } from '../../database/index.js';

/** One row: how far the audit log has been sent to the receiver outside. */
@Entity('audit_forwarding')
export class AuditForwardingEntity {
  @PrimaryColumn('integer')
  id!: number;

  @Column(columns.bigint({ name: 'sent_through' }))
  sentThrough!: number;

  /** 0 until something has been sent. */
  @Column(columns.bigint({ name: 'sent_at_ms' }))
  sentAtMs!: number;
}
