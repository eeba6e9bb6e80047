import { Column, Entity, PrimaryColumn } from 'typeorm';
import { columns } from '../database/index.js';

/** One row: how far checkpoints, counts and retention have come. Whoever works on them holds its lock. */
@Entity('audit_progress')
export class AuditProgressEntity {
  @PrimaryColumn('integer')
  id!: number;

  @Column(columns.bigint({ name: 'signed_through' }))
  signedThrough!: number;

  @Column(columns.bigint({ name: 'signed_at_ms' }))
  signedAtMs!: number;

  @Column(columns.integer())
  segment!: number;

  @Column(columns.bigint({ name: 'segment_from_sequence' }))
  segmentFromSequence!: number;

  @Column(columns.bigint({ name: 'counted_through' }))
  countedThrough!: number;

  @Column(columns.bigint({ name: 'retired_through' }))
  retiredThrough!: number;
}
