import { Catch, Injectable, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import { answerError, Pipeline, type PlainRequest } from '../http/index.js';

/** What existing clients look at (contract §5). */
const failureFields = { success: false };
/** The router forgives a closing slash. */
const SUBMISSION = /^\/api\/cloud\/jobs(\/submit|\/[^/]+\/retry)?\/?$/;

/** Failed submissions also carry `success: false`, whether they reach their route or not. */
@Catch()
export class SubmitErrorFilter implements ExceptionFilter {
  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    answerError(thrown, http.getRequest<Request>(), http.getResponse<Response>(), failureFields);
  }
}

/** Those that do not reach it: a body that cannot be read, a limit of requests. */
@Injectable()
export class SubmissionRefusals {
  constructor(pipeline: Pipeline) {
    pipeline.addFailureFields(isSubmission, failureFields);
  }
}

function isSubmission({ method, path }: PlainRequest): boolean {
  return method === 'POST' && SUBMISSION.test(path);
}
