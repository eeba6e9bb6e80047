import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { version } from '../version.js';
import type { Component, ComponentStatus } from './health.registry.js';
import type { HealthReport } from './health.service.js';

const statuses = ['healthy', 'degraded', 'unhealthy'];
/** What the draft calls them. */
const draftWords = { healthy: 'pass', degraded: 'warn', unhealthy: 'fail' } as const;
type DraftWord = (typeof draftWords)[ComponentStatus];
/** Of the form of the answers, not of the program. */
const API_VERSION = '1';

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
  @ApiProperty({ type: [ComponentView] }) components!: readonly ComponentView[];
}

export class HealthProbeView {
  @ApiProperty({ description: 'ok, ready or started; stuck, not_ready or starting' }) status!: string;
  @ApiPropertyOptional({ description: 'why not' }) detail?: string;
}

/** One observation of the draft's document. */
interface Check {
  readonly status: DraftWord;
  readonly componentType: 'component' | 'system';
  readonly observedValue?: number;
  readonly observedUnit: 'ms' | 's';
  readonly time: string;
  /** Left out where all is well, as the draft asks. */
  readonly output?: string;
}

/** The same in the words of draft-inadarei-api-health-check, for monitors that know them. */
export class HealthDocumentView {
  status!: DraftWord;
  version!: string;
  releaseId?: string;
  output?: string;
  checks?: Readonly<Record<string, readonly Check[]>>;

  static of(report: HealthReport, isForAll: boolean): HealthDocumentView {
    const status = draftWords[report.status];
    if (isForAll) return { status, version: API_VERSION };
    const uptime: Check = {
      status: 'pass',
      componentType: 'system',
      observedValue: report.uptime_seconds,
      observedUnit: 's',
      time: report.timestamp,
    };
    const components = report.components.map((component) => [
      `${component.name}:responseTime`,
      [checkOf(component, report.timestamp)],
    ]);
    return {
      status,
      version: API_VERSION,
      releaseId: version,
      checks: { uptime: [uptime], ...(Object.fromEntries(components) as Record<string, Check[]>) },
    };
  }

  static ofVerdict(passes: boolean, detail: string | undefined): HealthDocumentView {
    return {
      status: passes ? 'pass' : 'fail',
      version: API_VERSION,
      ...(detail !== undefined && { output: detail }),
    };
  }
}

function checkOf({ status, message, latency_ms: observedValue }: Component, time: string): Check {
  return {
    status: draftWords[status],
    componentType: 'component',
    ...(observedValue !== undefined && { observedValue }),
    observedUnit: 'ms',
    time,
    ...(status !== 'healthy' && { output: message }),
  };
}
