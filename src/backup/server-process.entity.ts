import { Column, Entity, PrimaryColumn } from 'typeorm';
import { columns } from '../database/index.js';

/** A server that works with this database. Times are those of the database server. */
@Entity('server_processes')
export class ServerProcessEntity {
  @PrimaryColumn(columns.varchar(36))
  id!: string;

  @Column(columns.varchar(255))
  host!: string;

  @Column(columns.bigint({ name: 'seen_at_ms' }))
  seenAtMs!: number;
}
