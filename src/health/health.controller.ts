import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { CurrentCaller, Open, type Caller } from '../http/index.js';
import { answerProbe, answerReport } from './health-answers.js';
import { HealthProbeView, HealthQuery, HealthReportView } from './health.dto.js';
import { HealthService } from './health.service.js';

@ApiTags('health')
@ApiProduces('application/json', 'application/health+json')
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
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ReturnType<typeof answerReport>> {
    const report = await this.health.report(query.include_providers === 'true');
    return answerReport(report, caller, request, response);
  }

  @Get('live')
  @Open('a probe; says nothing but that the process turns')
  @ApiOperation({ summary: 'Whether the event loop and the workers turn; asks no dependency' })
  @ApiOkResponse({ type: HealthProbeView })
  @ApiServiceUnavailableResponse({ type: HealthProbeView })
  live(@Req() request: Request, @Res({ passthrough: true }) response: Response): ReturnType<typeof answerProbe> {
    return answerProbe(this.health.liveness(), request, response);
  }

  @Get('startup')
  @Open('a probe; says only whether the start is over')
  @ApiOperation({ summary: 'Whether the start is over; asks no dependency' })
  @ApiOkResponse({ type: HealthProbeView })
  @ApiServiceUnavailableResponse({ type: HealthProbeView })
  startup(@Req() request: Request, @Res({ passthrough: true }) response: Response): ReturnType<typeof answerProbe> {
    return answerProbe(this.health.startup(), request, response);
  }

  @Get('ready')
  @Open('a probe; says only whether to send traffic here')
  @ApiOperation({ summary: 'Whether traffic should come here; 503 while starting, draining or without a database' })
  @ApiOkResponse({ type: HealthProbeView })
  @ApiServiceUnavailableResponse({ type: HealthProbeView })
  async ready(
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ReturnType<typeof answerProbe>> {
    return answerProbe(await this.health.readiness(), request, response);
  }
}
