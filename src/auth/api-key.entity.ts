import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { columns } from '../database/index.js';

@Entity('api_keys')
export class ApiKeyEntity {
  @PrimaryColumn({ type: 'varchar', length: 36 })
  id!: string;

  @Index('api_keys_hash', { unique: true })
  @Column(columns.varchar(64))
  hash!: string;

  @Column(columns.varchar(128))
  name!: string;

  @Index('api_keys_user_id')
  @Column(columns.varchar(128, { name: 'user_id' }))
  userId!: string;

  @Column(columns.varchar(16))
  hint!: string;

  @Column(columns.json())
  scopes!: string[];

  @Column(columns.bigint({ name: 'created_at_ms' }))
  createdAtMs!: number;

  @Column(columns.bigint({ name: 'expires_at_ms', nullable: true }))
  expiresAtMs!: number | null;

  @Column(columns.bigint({ name: 'last_used_at_ms', nullable: true }))
  lastUsedAtMs!: number | null;

  @Column(columns.bigint({ name: 'revoked_at_ms', nullable: true }))
  revokedAtMs!: number | null;
}
