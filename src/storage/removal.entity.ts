import { Column, Entity, Index } from 'typeorm';
import { columns } from '../database/index.js';

/** Bytes of an object that is not there any more, until they are removed too. */
@Entity('storage_removals')
@Index('storage_removals_address', ['jobId', 'key'])
export class RemovalEntity {
  @Column(columns.varchar(80, { primary: true }))
  blob!: string;

  @Column(columns.varchar(36, { name: 'job_id' }))
  jobId!: string;

  @Column(columns.bytes({ name: 'object_key' }))
  key!: string;

  /** As the bucket of the job had it: that may be forgotten first. */
  @Column(columns.text())
  store!: string;

  @Index('storage_removals_since')
  @Column(columns.bigint({ name: 'since_ms' }))
  sinceMs!: number;
}
