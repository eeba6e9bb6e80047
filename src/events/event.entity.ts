import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import { columns } from '../database/index.js';

@Entity('events')
export class EventEntity {
  @PrimaryGeneratedColumn('increment', { type: 'integer' })
  sequence!: number;

  @Column(columns.varchar(64))
  type!: string;

  /** Whose event it is: only this user, and callers who may see everyone's jobs, are told. Null: everyone is. */
  @Column(columns.varchar(128, { name: 'user_id', nullable: true }))
  userId!: string | null;

  @Column(columns.json())
  payload!: unknown;

  @Index('events_created_at')
  @Column(columns.bigint({ name: 'created_at_ms' }))
  createdAtMs!: number;
}
