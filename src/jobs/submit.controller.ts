import { Body, Controller, Headers, Param, ParseUUIDPipe, Post, Query, Res, UseFilters } from '@nestjs/common';
import { ApiCreatedResponse, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { actorOf, CurrentContext, invalidFields, RequirePermission, type RequestContext } from '../http/index.js';
import { JobIntake } from './job-intake.js';
import { JobService } from './job.service.js';
import { JobSubmissions, type Submitted } from './job-submissions.js';
import { isIdempotencyKey, SubmitAnswer, SubmitBody, SubmitQuery } from './jobs.dto.js';
import { jobNotFound } from './jobs.errors.js';
import type { SubmissionKey } from './submission-keys.js';
import { SubmitErrorFilter } from './submit-error.filter.js';

@ApiTags('jobs')
@Controller('api/cloud/jobs')
@UseFilters(SubmitErrorFilter)
export class SubmitController {
  constructor(
    private readonly intake: JobIntake,
    private readonly submissions: JobSubmissions,
    private readonly jobs: JobService,
  ) {}

  @Post(['submit', '/'])
  @RequirePermission('job.submit')
  @ApiOperation({ summary: 'Submit a training job; it is durable when the answer comes' })
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  @ApiCreatedResponse({ type: SubmitAnswer })
  @ApiOkResponse({ type: SubmitAnswer, description: 'the idempotency key was known' })
  async submit(
    @Query() query: SubmitQuery,
    @Body() body: SubmitBody,
    @Headers('idempotency-key') header: string | undefined,
    @CurrentContext() context: RequestContext,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SubmitAnswer> {
    const userId = context.caller.userId ?? '';
    const adapter = await this.intake.provider(providerOf(query, body));
    const key = keyOf(header, body, adapter.name);
    const replay = key && (await this.submissions.replay(userId, key));
    if (replay) return answer(replay, response);
    const submission = await this.intake.submission(adapter, body);
    const order = { provider: adapter.name, submission, metadata: {}, ...orderer(context) };
    return answer(await this.submissions.submit(order, key), response);
  }

  @Post(':id/retry')
  @RequirePermission('job.submit')
  @ApiOperation({ summary: 'A new job from the submission of one that has ended' })
  @ApiCreatedResponse({ type: SubmitAnswer })
  async retry(
    @Param('id', jobId()) id: string,
    @CurrentContext() context: RequestContext,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SubmitAnswer> {
    const job = await this.jobs.visible(id, context.caller);
    return answer(await this.submissions.retry(job, orderer(context)), response);
  }
}

/** What is no id is the id of no job. */
export function jobId(): ParseUUIDPipe {
  return new ParseUUIDPipe({ exceptionFactory: jobNotFound });
}

function orderer(context: RequestContext) {
  const { requestId, correlationId, caller } = context;
  return { userId: caller.userId ?? '', actor: actorOf(context), requestId, correlationId };
}

function providerOf(query: SubmitQuery, body: SubmitBody): string | undefined {
  if (query.provider !== undefined && body.provider !== undefined && query.provider !== body.provider)
    throw invalidFields([{ field: 'provider', message: 'is not the same in the address and in the body' }]);
  return query.provider ?? body.provider;
}

function keyOf(header: string | undefined, body: SubmitBody, provider: string): SubmissionKey | undefined {
  if (header !== undefined && !isIdempotencyKey(header))
    throw invalidFields([{ field: 'Idempotency-Key', message: 'must be 1 to 256 printable ASCII characters' }]);
  const { idempotency_key: inBody, ...wish } = body;
  const key = header ?? inBody;
  return key === undefined ? undefined : { key, wish: { ...wish, provider } };
}

function answer({ jobId, status, isReplay, costLimitWarning }: Submitted, response: Response): SubmitAnswer {
  response.status(isReplay ? 200 : 201);
  return {
    success: true,
    job_id: jobId,
    status,
    idempotent_hit: isReplay,
    cost_limit_warning: costLimitWarning,
    quota_warnings: [],
    requires_approval: false,
  };
}
