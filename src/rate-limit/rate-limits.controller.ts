import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '../http/index.js';
import { RateLimitsQuery, RateLimitsView } from './rate-limits.dto.js';
import { RateLimitReport } from './rate-limit-report.js';

@ApiTags('rate limits')
@Controller('api/cloud/rate-limits')
export class RateLimitsController {
  constructor(private readonly report: RateLimitReport) {}

  @Get()
  @RequirePermission('admin.config')
  @ApiOperation({ summary: 'The rules in their order, and the callers nearest their limit' })
  @ApiOkResponse({ type: RateLimitsView })
  list(@Query() query: RateLimitsQuery): Promise<RateLimitsView> {
    return this.report.make(query.limit);
  }
}
