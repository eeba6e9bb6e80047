import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { columns } from '../database/index.js';

/** Which job a submission's idempotency key made. */
@Entity('job_idempotency')
@Index('job_idempotency_expiry', ['expiresAtMs'])
export class IdempotencyEntity {
  /** SHA-256 of user and key: one length for every key, and no database compares its case or its spaces in its own way. */
  @PrimaryColumn(columns.varchar(64, { name: 'key_hash' }))
  keyHash!: string;

  /** SHA-256 of what was submitted under the key. */
  @Column(columns.varchar(64))
  fingerprint!: string;

  @Column(columns.varchar(36, { name: 'job_id' }))
  jobId!: string;

  @Column(columns.bigint({ name: 'expires_at_ms' }))
  expiresAtMs!: number;
}
