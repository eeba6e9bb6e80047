import { Column, Entity, PrimaryColumn } from 'typeorm';
import { columns } from '../database/index.js';

/** How many of the rows counted so far are of a type. */
@Entity('audit_counts')
export class AuditCountEntity {
  @PrimaryColumn(columns.varchar(64))
  type!: string;

  @Column(columns.bigint())
  entries!: number;
}
