import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '../http/index.js';
import {
  DeliveryDetailView,
  DeliveryFilterBody,
  DeliveryPageView,
  DeliveryQuery,
  WebhookStatisticsView,
  ReplayedView,
} from './webhooks.dto.js';
import { WebhooksService } from './webhooks.service.js';

@ApiTags('webhooks')
@Controller('api/cloud/webhooks')
@RequirePermission('admin.config')
export class WebhooksController {
  constructor(private readonly webhooks: WebhooksService) {}

  @Get('statistics')
  @ApiOperation({ summary: 'What waits in the inbox, and how many webhooks were lost' })
  @ApiOkResponse({ type: WebhookStatisticsView })
  statistics(): Promise<WebhookStatisticsView> {
    return this.webhooks.statistics();
  }

  @Get('deliveries')
  @ApiOperation({ summary: 'Webhooks that were received, newest first' })
  @ApiOkResponse({ type: DeliveryPageView })
  list(@Query() query: DeliveryQuery): Promise<DeliveryPageView> {
    return this.webhooks.list(query);
  }

  @Get('deliveries/:id')
  @ApiOperation({ summary: 'One delivery with its body' })
  @ApiOkResponse({ type: DeliveryDetailView })
  one(@Param('id') id: string): Promise<DeliveryDetailView> {
    return this.webhooks.find(id);
  }

  @Post('deliveries/:id/replay')
  @HttpCode(200)
  @ApiOperation({ summary: 'Process one delivery again' })
  @ApiOkResponse({ type: ReplayedView })
  replayOne(@Param('id') id: string): Promise<ReplayedView> {
    return this.webhooks.replayOne(id);
  }

  @Post('replay')
  @HttpCode(200)
  @ApiOperation({ summary: 'Process every delivery that matches again, at most 10,000 at a time' })
  @ApiOkResponse({ type: ReplayedView })
  replay(@Body() filter: DeliveryFilterBody): Promise<ReplayedView> {
    return this.webhooks.replay(filter);
  }
}
