import { Column, Entity, Index } from 'typeorm';
import { columns } from '../database/index.js';

/** What a job holds, kept as objects come and go so that nothing has to be counted. */
@Entity('storage_buckets')
export class BucketEntity {
  @Column(columns.varchar(36, { name: 'job_id', primary: true }))
  jobId!: string;

  @Index('storage_buckets_user_id')
  @Column(columns.varchar(128, { name: 'user_id' }))
  userId!: string;

  /** Where its bytes are kept, settled by the first write: a folder, a real bucket, or '' for the outputs folder. */
  @Column(columns.text())
  store!: string;

  @Column(columns.bigint({ name: 'created_ms' }))
  createdMs!: number;

  @Column(columns.bigint())
  objects!: number;

  @Column(columns.bigint({ name: 'object_bytes' }))
  objectBytes!: number;

  @Column(columns.bigint({ name: 'part_bytes' }))
  partBytes!: number;

  /** When its job was deleted, or the removal of its files was postponed: it is not there any more. */
  @Index('storage_buckets_removed')
  @Column(columns.bigint({ name: 'removed_at_ms', nullable: true }))
  removedAtMs!: number | null;
}
