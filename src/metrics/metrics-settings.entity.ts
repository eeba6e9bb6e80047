import { Column, Entity, PrimaryColumn } from 'typeorm';
import { columns } from '../database/index.js';

/** The one row that says what may be scraped. */
@Entity('metrics_settings')
export class MetricsSettingsEntity {
  @PrimaryColumn('integer')
  id!: number;

  @Column(columns.flag({ name: 'is_enabled' }))
  isEnabled!: boolean;

  @Column(columns.json())
  categories!: unknown;

  @Column(columns.bigint({ name: 'updated_at_ms', nullable: true }))
  updatedAtMs!: number | null;
}
