import { Controller, Get, Param, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { CurrentCaller, RequirePermission, type Caller } from '../http/index.js';
import { JobLogs } from './job-logs.js';
import { JobService } from './job.service.js';
import { InlineProgressView, JobLogView } from './jobs.views.js';
import { jobId } from './submit.controller.js';

@ApiTags('jobs')
@Controller('api/cloud/jobs/:id')
@RequirePermission('job.view.own', 'job.view.all')
export class LogsController {
  constructor(
    private readonly jobs: JobService,
    private readonly logs: JobLogs,
  ) {}

  @Get('logs')
  @ApiOperation({ summary: "The job's log, or its end when it is long" })
  @ApiOkResponse({ type: JobLogView })
  async read(@Param('id', jobId()) id: string, @CurrentCaller() caller: Caller) {
    const job = await this.jobs.visible(id, caller);
    return { job_id: job.jobId, logs: await this.logs.read(job) };
  }

  @Get('logs/stream')
  @ApiProduces('text/event-stream')
  @ApiOperation({ summary: 'The log as server-sent events: `log` with new text, `end` when the job has ended' })
  async stream(
    @Param('id', jobId()) id: string,
    @CurrentCaller() caller: Caller,
    @Res() response: Response,
  ): Promise<void> {
    await this.logs.follow(await this.jobs.visible(id, caller), response);
  }

  @Get('inline-progress')
  @ApiOperation({ summary: 'Stage, newest log line and percent, for a list that shows them' })
  @ApiOkResponse({ type: InlineProgressView })
  async progress(@Param('id', jobId()) id: string, @CurrentCaller() caller: Caller) {
    const job = await this.jobs.visible(id, caller);
    return {
      job_id: job.jobId,
      stage: job.progress?.stage ?? job.status,
      last_log: await this.logs.lastLine(job),
      progress: job.progress?.percent ?? null,
    };
  }
}
