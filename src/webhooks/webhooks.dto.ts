import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Length, Matches, Max, Min, ValidateIf } from 'class-validator';
import type { LostWebhookTotal } from '../jobs/index.js';
import type { Backlog } from './delivery.repository.js';
import { deliveryStates, type Delivery, type DeliveryState } from './delivery.js';

/** PostgreSQL cannot compare text with NUL. */
const TEXT = /^\P{Cc}*$/u;

/** A filter may be left out; `null` is none, and to pass over it would be to choose everything. */
const IfGiven = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);

export class DeliveryFilterBody {
  @ApiPropertyOptional() @IfGiven() @Matches(TEXT) @Length(1, 64) provider?: string;
  @ApiPropertyOptional({ enum: deliveryStates }) @IfGiven() @IsIn(deliveryStates) state?: DeliveryState;
  @ApiPropertyOptional() @IfGiven() @Matches(TEXT) @Length(1, 64) job_id?: string;
  @ApiPropertyOptional() @IfGiven() @Matches(TEXT) @Length(1, 256) webhook_id?: string;
}

export class DeliveryQuery extends DeliveryFilterBody {
  @ApiPropertyOptional({ minimum: 1, maximum: 500, default: 50 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(500)
  limit: number = 50;

  @ApiPropertyOptional() @IsOptional() @IsString() @Length(1, 256) cursor?: string;
}

export class DeliveryView {
  @ApiProperty() delivery_id!: string;
  @ApiProperty() provider!: string;
  @ApiProperty() webhook_id!: string;
  @ApiProperty({ nullable: true, type: String }) job_id!: string | null;
  @ApiProperty() ip!: string;
  @ApiProperty() correlation_id!: string;
  @ApiProperty() received_at!: string;
  @ApiProperty({ nullable: true, type: String }) processed_at!: string | null;
  @ApiProperty({ enum: deliveryStates }) state!: DeliveryState;
  @ApiProperty() attempts!: number;
  @ApiProperty({ nullable: true, type: String, description: 'what processing did, or why the last try failed' })
  outcome!: string | null;

  static of(delivery: Delivery): DeliveryView {
    return {
      delivery_id: delivery.id,
      provider: delivery.provider,
      webhook_id: delivery.webhookId,
      job_id: delivery.jobId,
      ip: delivery.address,
      correlation_id: delivery.correlationId,
      received_at: new Date(delivery.receivedAtMs).toISOString(),
      processed_at: delivery.processedAtMs === null ? null : new Date(delivery.processedAtMs).toISOString(),
      state: delivery.state,
      attempts: delivery.attempts,
      outcome: delivery.outcome,
    };
  }
}

export class DeliveryDetailView extends DeliveryView {
  @ApiProperty({ description: 'the body, without the parts that may hold secrets' }) body!: unknown;

  static withBody(delivery: Delivery): DeliveryDetailView {
    return Object.assign(new DeliveryDetailView(), DeliveryView.of(delivery), { body: delivery.body });
  }
}

export class DeliveryPageView {
  @ApiProperty({ type: [DeliveryView] }) deliveries!: DeliveryView[];
  @ApiProperty({ nullable: true, type: String }) next_cursor!: string | null;
}

export class LostWebhooksView {
  @ApiProperty() provider!: string;
  @ApiProperty({ description: 'ends of runs learned by asking: their webhook was lost, or is late; never goes down' })
  lost!: number;
  @ApiProperty({ nullable: true, type: String }) last_lost_at!: string | null;
}

export class WebhookStatisticsView {
  @ApiProperty({ type: [LostWebhooksView], description: 'of the whole fleet, since its beginning' })
  providers!: LostWebhooksView[];
  @ApiProperty({ description: 'deliveries that wait to be processed' }) pending!: number;
  @ApiProperty({ description: 'deliveries given up; they can be replayed' }) dead!: number;
  @ApiProperty({ nullable: true, type: String }) oldest_pending_at!: string | null;

  static of({ pending, dead, oldestPendingMs }: Backlog, totals: readonly LostWebhookTotal[]): WebhookStatisticsView {
    return {
      providers: totals.map(({ provider, lost, lastLostAtMs }) => ({
        provider,
        lost,
        last_lost_at: lastLostAtMs === null ? null : new Date(lastLostAtMs).toISOString(),
      })),
      pending,
      dead,
      oldest_pending_at: oldestPendingMs === undefined ? null : new Date(oldestPendingMs).toISOString(),
    };
  }
}

export class ReplayedView {
  @ApiProperty({ description: 'how many deliveries are processed again' }) replayed!: number;
}
