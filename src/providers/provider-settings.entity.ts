import { Column, Entity, PrimaryColumn } from 'typeorm';
import { columns } from '../database/index.js';

@Entity('provider_settings')
export class ProviderSettingsEntity {
  @PrimaryColumn({ type: 'varchar', length: 64 })
  provider!: string;

  @Column(columns.json())
  fields!: unknown;

  @Column(columns.integer())
  version!: number;

  @Column(columns.bigint({ name: 'updated_at_ms' }))
  updatedAtMs!: number;
}
