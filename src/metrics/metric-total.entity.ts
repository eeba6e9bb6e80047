import { Column, Entity, PrimaryColumn } from 'typeorm';
import { columns } from '../database/index.js';

/** A part of a total; the total is the sum of its parts. */
@Entity('metric_totals')
export class MetricTotalEntity {
  @PrimaryColumn(columns.varchar(36))
  id!: string;

  @Column(columns.varchar(96))
  name!: string;

  /** JSON list of label values. */
  @Column(columns.varchar(512))
  labels!: string;

  @Column(columns.bigint())
  amount!: number;
}
