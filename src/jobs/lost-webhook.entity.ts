import { Column, Entity, PrimaryColumn } from 'typeorm';
import { columns } from '../database/index.js';

/** How many ends of runs were learned by asking although their provider should have told them. */
@Entity('lost_webhooks')
export class LostWebhookEntity {
  @PrimaryColumn(columns.varchar(64))
  provider!: string;

  @Column(columns.bigint())
  lost!: number;

  @Column(columns.bigint({ name: 'last_lost_at_ms', nullable: true }))
  lastLostAtMs!: number | null;
}
