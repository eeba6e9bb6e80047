import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import type { Component, ComponentStatus } from './health.registry.js';
import type { HealthReport } from './health.service.js';

const statuses = ['healthy', 'degraded', 'unhealthy'];

export class HealthQuery {
  @ApiPropertyOptional({ enum: ['true', 'false'], description: 'also ask the providers, which takes up to 5 s' })
  @IsOptional()
  @IsIn(['true', 'false'])
  include_providers?: string;
}

export class ComponentView implements Component {
  @ApiProperty() name!: string;
  @ApiProperty({ enum: statuses }) status!: ComponentStatus;
  @ApiProperty() message!: string;
  @ApiPropertyOptional() latency_ms?: number;
}

export class HealthReportView implements HealthReport {
  @ApiProperty({ enum: statuses }) status!: ComponentStatus;
  @ApiProperty() version!: string;
  @ApiProperty() uptime_seconds!: number;
  @ApiProperty({ format: 'date-time' }) timestamp!: string;
  @ApiProperty({ type: [ComponentView] }) components!: ComponentView[];
}
