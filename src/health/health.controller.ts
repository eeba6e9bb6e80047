import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { CurrentCaller, Open, type Caller } from '../http/index.js';
import { HealthService, type HealthReport } from './health.service.js';
import { HealthQuery, HealthReportView } from './health.dto.js';

@ApiTags('health')
@Controller('api/cloud/health')
export class HealthController {
  constructor(private readonly health: HealthService) {}

  @Get()
  @Open('callers without a login see only the status')
  @ApiOperation({ summary: 'State of the server and its components; 503 when unhealthy' })
  @ApiOkResponse({ type: HealthReportView, description: 'callers without a login see only the status' })
  async full(
    @Query() query: HealthQuery,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) response: Response,
  ): Promise<HealthReport | { status: string }> {
    const report = await this.health.report(query.include_providers === 'true');
    response.status(report.status === 'unhealthy' ? 503 : 200).setHeader('Cache-Control', 'no-store');
    return caller.kind === 'anonymous' ? { status: report.status } : report;
  }

  @Get('live')
  @Open('a probe; says nothing but that the process turns')
  @ApiOperation({ summary: 'Whether the event loop and the workers turn; asks no dependency' })
  live(@Res({ passthrough: true }) response: Response): { status: string; detail?: string } {
    const silent = this.health.silentWorkers();
    response.status(silent.length === 0 ? 200 : 503).setHeader('Cache-Control', 'no-store');
    return silent.length === 0
      ? { status: 'ok' }
      : { status: 'stuck', detail: `No sign of life from: ${silent.join(', ')}` };
  }

  @Get('ready')
  @Open('a probe; says only whether to send traffic here')
  @ApiOperation({ summary: 'Whether traffic should come here; 503 while starting, draining or without a database' })
  async ready(@Res({ passthrough: true }) response: Response): Promise<{ status: string; detail?: string }> {
    const detail = await this.health.notReadyBecause();
    response.status(detail === undefined ? 200 : 503).setHeader('Cache-Control', 'no-store');
    return detail === undefined ? { status: 'ready' } : { status: 'not_ready', detail };
  }
}
