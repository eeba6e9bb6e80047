import { Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { decodeCursor, encodeCursor } from '#libs/ids';
import {
  actorOf,
  CurrentCaller,
  CurrentContext,
  type DomainError,
  invalidFields,
  RequirePermission,
  type Caller,
  type RequestContext,
} from '../http/index.js';
import { JobCancellation, JobDeletion } from './job-cancellation.js';
import { JobService } from './job.service.js';
import type { JobFilter, JobPosition } from './job.repository.js';
import { timelineView } from './job-view.js';
import { JobList, ListQuery, TimelineQuery } from './jobs.dto.js';
import { jobId } from './submit.controller.js';
import { JobSync } from './job-sync.js';
import { JobChangedView, OneJobView, TimelineView } from './jobs.views.js';

/** The column's type. */
const SEQUENCE_MAX = 2_147_483_647;

@ApiTags('jobs')
@Controller('api/cloud/jobs')
export class JobsController {
  constructor(
    private readonly jobs: JobService,
    private readonly cancellation: JobCancellation,
    private readonly deletion: JobDeletion,
    private readonly sync: JobSync,
  ) {}

  @Get()
  @RequirePermission('job.view.own', 'job.view.all')
  @ApiOperation({ summary: 'Jobs, newest first' })
  @ApiOkResponse({ type: JobList })
  async list(@Query() query: ListQuery, @CurrentCaller() caller: Caller): Promise<JobList> {
    if (query.sync_active) await this.sync.refresh(caller);
    const { limit, offset } = query;
    const after = positionOf(query.cursor);
    const page = await this.jobs.list(filterOf(query), { limit, offset, ...(after && { after }) }, caller);
    const last = page.jobs.at(-1);
    return {
      jobs: await this.jobs.views(page.jobs),
      total: page.total,
      next_cursor: page.hasMore && last ? encodeCursor([last.createdAtMs, last.jobId]) : null,
    };
  }

  @Get(':id')
  @RequirePermission('job.view.own', 'job.view.all')
  @ApiOperation({ summary: 'One job' })
  @ApiOkResponse({ type: OneJobView })
  async one(@Param('id', jobId()) id: string, @CurrentCaller() caller: Caller) {
    const [job] = await this.jobs.views([await this.jobs.visible(id, caller)]);
    return { job };
  }

  @Get(':id/timeline')
  @RequirePermission('job.view.own', 'job.view.all')
  @ApiOperation({ summary: 'Every event that made the job what it is, in order' })
  @ApiOkResponse({ type: TimelineView })
  async timeline(@Param('id', jobId()) id: string, @Query() query: TimelineQuery, @CurrentCaller() caller: Caller) {
    const job = await this.jobs.visible(id, caller);
    const { entries, hasMore } = await this.jobs.timeline(job.jobId, query.limit, sequenceOf(query.cursor));
    const last = entries.at(-1);
    return {
      job_id: job.jobId,
      timeline: entries.map(timelineView),
      next_cursor: hasMore && last ? encodeCursor([last.sequence]) : null,
    };
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @RequirePermission('job.cancel.own', 'job.cancel.all')
  @ApiOperation({ summary: 'Cancel a job: final here, even when the provider refuses' })
  @ApiOkResponse({ type: JobChangedView })
  async cancel(@Param('id', jobId()) id: string, @CurrentContext() context: RequestContext) {
    const job = await this.jobs.changeable(id, context.caller, 'job.cancel.all');
    await this.cancellation.cancel(job, actorOf(context), context.requestId);
    return { success: true, job_id: job.jobId, status: 'cancelled' };
  }

  @Delete(':id')
  @RequirePermission('job.delete.own', 'job.delete.all')
  @ApiOperation({ summary: 'Delete a job that has ended' })
  @ApiOkResponse({ type: JobChangedView })
  async remove(@Param('id', jobId()) id: string, @CurrentContext() context: RequestContext) {
    const job = await this.jobs.changeable(id, context.caller, 'job.delete.all');
    await this.deletion.remove(job.jobId, actorOf(context));
    return { success: true, job_id: job.jobId };
  }
}

function filterOf(query: ListQuery): JobFilter {
  const { status, provider, job_type: jobType, user, q, created_after: after, created_before: before } = query;
  return {
    ...(status && { statuses: status }),
    ...(provider !== undefined && { provider }),
    ...(jobType !== undefined && { jobType }),
    ...(user !== undefined && { userId: user }),
    ...(q !== undefined && q !== '' && { text: q }),
    ...(after !== undefined && { createdAfterMs: Date.parse(after) }),
    ...(before !== undefined && { createdBeforeMs: Date.parse(before) }),
  };
}

function positionOf(cursor: string | undefined): JobPosition | undefined {
  if (cursor === undefined) return undefined;
  const position = decodeCursor(cursor, ['number', 'string']);
  if (!position || !Number.isSafeInteger(position[0]) || position[1].includes('\0')) throw badCursor();
  return { createdAtMs: position[0], jobId: position[1] };
}

function sequenceOf(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined;
  const [sequence] = decodeCursor(cursor, ['number']) ?? [];
  if (sequence === undefined || !Number.isInteger(sequence) || Math.abs(sequence) > SEQUENCE_MAX) throw badCursor();
  return sequence;
}

function badCursor(): DomainError {
  return invalidFields([{ field: 'cursor', message: 'must be the next_cursor of a former answer' }]);
}
