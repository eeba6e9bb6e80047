import { Column, Entity, PrimaryColumn } from 'typeorm';
import { columns } from '../database/index.js';

/** Work that one process of a fleet does at a time. */
@Entity('job_leases')
export class LeaseEntity {
  @PrimaryColumn(columns.varchar(32, { name: 'name' }))
  name!: string;

  @Column(columns.varchar(36))
  holder!: string;

  @Column(columns.bigint({ name: 'until_ms' }))
  untilMs!: number;
}
