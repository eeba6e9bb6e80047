import { createParamDecorator, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { Request, Response } from 'express';
import { map } from 'rxjs';
import { actorOf, contextOf, type Actor } from '../http/index.js';
import { entityTagOf, versionsIn } from './entity-tag.js';

/** Who wants to write what of a provider's over which versions. */
export interface Wish {
  readonly provider: string;
  /** From If-Match: one of these must still be the current one; undefined to write over whatever is there. */
  readonly ifVersions: readonly number[] | undefined;
  readonly actor: Actor;
}

/** The parameter of a handler that writes, read from path, If-Match and caller. */
export const CurrentWish = createParamDecorator((_data: unknown, execution: ExecutionContext): Wish => {
  const request = execution.switchToHttp().getRequest<Request>();
  return {
    provider: String(request.params['provider']),
    ifVersions: versionsIn(request.headers['if-match']),
    actor: actorOf(contextOf(request)),
  };
});

/** Tells the version of what is answered as its ETag. */
export const tagWithVersion: NestInterceptor<{ readonly version: number }> = {
  intercept: (execution, next) =>
    next.handle().pipe(
      map((answer) => {
        execution.switchToHttp().getResponse<Response>().setHeader('ETag', entityTagOf(answer.version));
        return answer;
      }),
    ),
};
