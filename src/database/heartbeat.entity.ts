import { Column, Entity, PrimaryColumn } from 'typeorm';
import { columns } from './columns.js';

/** One row that health checks overwrite to prove that the database can be written. */
@Entity('heartbeat')
export class HeartbeatEntity {
  @PrimaryColumn('integer')
  id!: number;

  @Column(columns.bigint({ name: 'at_ms' }))
  atMs!: number;
}
