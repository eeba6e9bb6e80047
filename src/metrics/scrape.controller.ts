import { Controller, Get, Headers, Res, UseGuards } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Open } from '../http/index.js';
import { contentTypes, formatFor } from './exposition/format.js';
import { MetricsService } from './metrics.service.js';
import { ScrapeGuard } from './scrape.guard.js';

@ApiTags('metrics')
@Controller('api/cloud/metrics/prometheus')
@UseGuards(ScrapeGuard)
export class ScrapeController {
  constructor(private readonly service: MetricsService) {}

  @Get()
  @Open('scrapers prove themselves by address or token, which the guard of this controller judges')
  @ApiProduces(...Object.values(contentTypes))
  @ApiOperation({ summary: 'The metrics for Prometheus; OpenMetrics where the Accept header prefers it' })
  @ApiOkResponse({ schema: { type: 'string' } })
  async scrape(@Headers('accept') accept: string | undefined, @Res() response: Response): Promise<void> {
    const format = formatFor(accept);
    const content = await this.service.scrape(format);
    response.setHeader('Content-Type', contentTypes[format]).setHeader('Cache-Control', 'no-store').end(content);
  }
}
