import { Body, Controller, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { actorOf, CurrentContext, RequirePermission, type RequestContext } from '../http/index.js';
import { Metrics } from './metrics.js';
import {
  CategoriesView,
  MetricsSettingsBody,
  MetricsSettingsView,
  PreviewQuery,
  PreviewView,
  TemplatesView,
} from './metrics.dto.js';
import { MetricsService } from './metrics.service.js';
import { MetricsSettingsService } from './metrics-settings.service.js';

/** The guide's forms of the addresses and the contract's are both there. */
@ApiTags('metrics')
@Controller('api/cloud/metrics')
@RequirePermission('admin.metrics')
export class MetricsController {
  constructor(
    private readonly metrics: Metrics,
    private readonly settings: MetricsSettingsService,
    private readonly service: MetricsService,
  ) {}

  @Get('config')
  @ApiOperation({ summary: 'What may be scraped' })
  @ApiOkResponse({ type: MetricsSettingsView })
  async read(): Promise<MetricsSettingsView> {
    return MetricsSettingsView.of(await this.settings.read());
  }

  @Put('config')
  @ApiOperation({ summary: 'Change what may be scraped, on every replica; what is absent stays' })
  @ApiOkResponse({ type: MetricsSettingsView })
  async change(
    @Body() body: MetricsSettingsBody,
    @CurrentContext() context: RequestContext,
  ): Promise<MetricsSettingsView> {
    return MetricsSettingsView.of(await this.settings.change(MetricsSettingsBody.toChange(body), actorOf(context)));
  }

  @Get(['categories', 'config/categories'])
  @ApiOperation({ summary: 'The categories and their families' })
  @ApiOkResponse({ type: CategoriesView })
  async categories(): Promise<CategoriesView> {
    return CategoriesView.of(this.metrics.families, await this.settings.read());
  }

  @Get(['templates', 'config/templates'])
  @ApiOperation({ summary: 'Ready-made choices of categories' })
  @ApiOkResponse({ type: TemplatesView })
  templates(): TemplatesView {
    return TemplatesView.all();
  }

  @Post(['templates/:id', 'config/templates/:id', 'apply-template/:id', 'config/apply-template/:id'])
  @HttpCode(200)
  @ApiOperation({ summary: 'Switch on the categories of a template, and no others' })
  @ApiOkResponse({ type: MetricsSettingsView })
  async apply(@Param('id') id: string, @CurrentContext() context: RequestContext): Promise<MetricsSettingsView> {
    return MetricsSettingsView.of(await this.settings.apply(id, actorOf(context)));
  }

  @Get(['preview', 'config/preview'])
  @ApiOperation({ summary: 'What a scrape would read; changes nothing and works while disabled' })
  @ApiOkResponse({ type: PreviewView })
  async preview(@Query() { categories }: PreviewQuery): Promise<PreviewView> {
    const { page, used } = await this.service.preview(categories);
    return PreviewView.of(page, used);
  }

  @Post(['preview', 'config/preview'])
  @HttpCode(200)
  @ApiOperation({ summary: 'The same, for callers that can only POST' })
  @ApiOkResponse({ type: PreviewView })
  previewByPost(@Query() query: PreviewQuery): Promise<PreviewView> {
    return this.preview(query);
  }
}
