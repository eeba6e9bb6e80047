import { Column, Entity, PrimaryColumn } from 'typeorm';
import { columns } from '../database/index.js';

/** A signed statement of how far the chain had come. */
@Entity('audit_checkpoints')
export class AuditCheckpointEntity {
  @PrimaryColumn({ type: 'bigint', transformer: columns.bigint().transformer })
  sequence!: number;

  @Column(columns.varchar(64))
  hash!: string;

  @Column(columns.bigint({ name: 'time_ms' }))
  timeMs!: number;

  @Column(columns.bigint({ name: 'signed_at_ms' }))
  signedAtMs!: number;

  @Column(columns.integer())
  segment!: number;

  @Column(columns.flag({ name: 'ends_segment' }))
  endsSegment!: boolean;

  @Column(columns.varchar(16, { name: 'key_id' }))
  keyId!: string;

  @Column(columns.varchar(128))
  signature!: string;
}
