import { Column, Entity, PrimaryColumn } from 'typeorm';
import { columns } from '../database/index.js';

/** One row: the end of the chain. Whoever appends holds its lock until the end of the transaction. */
@Entity('audit_head')
export class AuditHeadEntity {
  @PrimaryColumn('integer')
  id!: number;

  @Column(columns.bigint())
  sequence!: number;

  @Column(columns.varchar(64))
  hash!: string;

  @Column(columns.bigint({ name: 'created_at_ms' }))
  createdAtMs!: number;
}
