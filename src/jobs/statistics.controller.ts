import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, RequirePermission, type Caller } from '../http/index.js';
import { CostLimits } from './cost-limits.js';
import { CostLimitsView } from './cost-limits.dto.js';
import { JobIntake } from './job-intake.js';
import { JobStatistics } from './job-statistics.js';
import { EstimateQuery, PeriodQuery, SubmitQuery } from './jobs.dto.js';
import { CostEstimateView, HardwareOptionsView, JobsOverviewView } from './jobs.views.js';

@ApiTags('jobs')
@Controller('api/cloud')
@RequirePermission('job.view.own', 'job.view.all')
export class StatisticsController {
  constructor(
    private readonly statistics: JobStatistics,
    private readonly intake: JobIntake,
    private readonly limits: CostLimits,
  ) {}

  @Get('metrics')
  @ApiOperation({ summary: 'Jobs, cost and durations of the last days, from the stored jobs' })
  @ApiOkResponse({ type: JobsOverviewView })
  overview(@Query() { days }: PeriodQuery, @CurrentCaller() caller: Caller) {
    return this.statistics.overview(days, caller);
  }

  @Get('hardware-options')
  @ApiOperation({ summary: 'What a provider offers, each profile at its own price' })
  @ApiOkResponse({ type: HardwareOptionsView })
  async hardware(@Query() query: SubmitQuery) {
    const { name } = await this.intake.provider(query.provider);
    const profiles = await this.statistics.hardware(name);
    return {
      provider: name,
      hardware_options: profiles.map(({ id, label, usdPerSecond }) => ({
        id,
        label,
        usd_per_second: usdPerSecond,
        usd_per_hour: usdPerSecond * 3_600,
      })),
    };
  }

  @Get('cost-limit/status')
  @ApiOperation({
    summary: 'What providers have cost in their period, what jobs under way are expected to, and the limit',
  })
  @ApiOkResponse({ type: CostLimitsView })
  async costLimits(@Query() { provider }: SubmitQuery): Promise<CostLimitsView> {
    return CostLimitsView.of(await this.limits.statuses(provider));
  }

  @Get('cost-estimate')
  @ApiOperation({ summary: 'What a job would cost: average time of completed runs at the price of the profile' })
  @ApiOkResponse({ type: CostEstimateView })
  async estimate(@Query() query: EstimateQuery, @CurrentCaller() caller: Caller) {
    const { name } = await this.intake.provider(query.provider);
    return this.statistics.estimate(name, query.hardware_profile, caller);
  }
}
