import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import { answerError, asDomainError, DomainError } from '../http/index.js';

/** Failed submissions also carry `success: false`, which existing clients look at (contract §5). */
@Catch()
export class SubmitErrorFilter implements ExceptionFilter {
  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const error = asDomainError(thrown);
    const told =
      error &&
      new DomainError(error.kind, error.code, error.message, {
        ...error.extras,
        body: { ...error.extras.body, success: false },
      });
    answerError(told ?? thrown, http.getRequest<Request>(), http.getResponse<Response>());
  }
}
