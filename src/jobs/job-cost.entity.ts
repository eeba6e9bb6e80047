import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { columns } from '../database/index.js';
import type { CostEntry } from './job-cost.repository.js';

/** Each index holds all that its question asks for: sums and means read no row. */
@Entity('job_costs')
@Index('job_costs_provider', ['provider', 'isOpen', 'atMs', 'usd'])
@Index('job_costs_completed', ['provider', 'hardware', 'isCompleted', 'atMs', 'usd'])
export class JobCostEntity implements CostEntry {
  @PrimaryColumn(columns.varchar(36, { name: 'job_id' }))
  jobId!: string;

  @Column(columns.varchar(64))
  provider!: string;

  @Column(columns.varchar(128, { name: 'user_id' }))
  userId!: string;

  @Column(columns.varchar(128))
  hardware!: string;

  @Column(columns.bigint({ name: 'at_ms' }))
  atMs!: number;

  @Column(columns.double())
  usd!: number;

  @Column(columns.flag({ name: 'is_open' }))
  isOpen!: boolean;

  @Column(columns.flag({ name: 'is_completed', default: 0 }))
  isCompleted!: boolean;
}

/** One row a provider: whoever weighs a new job against the limit holds it, so that no two do so at once. */
@Entity('job_cost_turns')
export class JobCostTurnEntity {
  @PrimaryColumn(columns.varchar(64))
  provider!: string;

  @Column(columns.bigint())
  turn!: number;
}
