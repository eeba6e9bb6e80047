import { Body, Controller, HttpCode, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsOptional, IsString, MaxLength } from 'class-validator';
import { actorOf, CurrentContext, RequirePermission, type RequestContext } from '../http/index.js';
import { JobDiscovery } from './job-discovery.js';
import { flagText } from './jobs.dto.js';

export class SyncWish {
  @ApiProperty({ required: false, description: 'look at this provider alone' })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  provider?: string;

  @ApiProperty({ required: false, default: false, description: 'import runs of any model, not only of our trainers' })
  @IsOptional()
  @Transform(flagText)
  @IsBoolean()
  all?: boolean;
}

export class SyncAnswer {
  @ApiProperty({ description: 'jobs made of runs that were not known here' }) synced!: number;
  @ApiProperty({ description: 'known jobs that have changed' }) updated!: number;
  @ApiProperty() message!: string;
}

@ApiTags('jobs')
@Controller('api/cloud/jobs')
export class SyncController {
  constructor(private readonly discovery: JobDiscovery) {}

  /** Whoever may see everybody's jobs may ask: a run that is found may be anybody's. */
  @Post('sync')
  @HttpCode(200)
  @RequirePermission('job.view.all')
  @ApiOperation({ summary: 'Look for runs at the providers: import those that are not known here, update the others' })
  @ApiOkResponse({ type: SyncAnswer })
  async sync(
    @Query() query: SyncWish,
    @Body() body: SyncWish,
    @CurrentContext() context: RequestContext,
  ): Promise<SyncAnswer> {
    const { requestId, correlationId, caller } = context;
    const finder = { userId: caller.userId ?? '', actor: actorOf(context), requestId, correlationId };
    const wish = { provider: query.provider ?? body.provider, all: query.all ?? body.all ?? false };
    return this.discovery.discover(wish, finder);
  }
}
