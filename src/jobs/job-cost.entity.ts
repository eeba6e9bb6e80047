import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { columns } from '../database/index.js';
import type { CostEntry } from './job-cost.repository.js';

/** The index holds all that is asked for: a mean reads no row. */
@Entity('job_costs')
@Index('job_costs_completed', ['provider', 'hardware', 'isPrecedent', 'atMs', 'usd'])
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
  isPrecedent!: boolean;
}

/** A part of a sum: a day's sum, and that of what is reserved, is the sum of its parts. */
@Entity('job_cost_sums')
@Index('job_cost_sums_provider', ['provider', 'isOpen', 'dayMs', 'nanousd'])
export class JobCostSumEntity {
  @PrimaryColumn(columns.varchar(36))
  id!: string;

  @Column(columns.varchar(64))
  provider!: string;

  /** Reserved by open jobs, whenever they began; otherwise spent by those that ended on the day. */
  @Column(columns.flag({ name: 'is_open' }))
  isOpen!: boolean;

  /** The beginning of the day (UTC); 0 for what is reserved. */
  @Column(columns.bigint({ name: 'day_ms' }))
  dayMs!: number;

  /** Billionths of a dollar: whole numbers add up to the same in any order. */
  @Column(columns.bigint())
  nanousd!: number;
}

/** One row a provider: whoever weighs a new job against the limit holds it, so that no two do so at once. */
@Entity('job_cost_turns')
export class JobCostTurnEntity {
  @PrimaryColumn(columns.varchar(64))
  provider!: string;

  @Column(columns.bigint())
  turn!: number;
}
