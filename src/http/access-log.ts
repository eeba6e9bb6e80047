import { Injectable } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { getLoggerOfOneSite, logLevel, withLogContext, withoutLogContext } from '#libs/log';
import { Pipeline, type Answered } from './pipeline.js';
import { contextOf, type PlainRequest } from './request-context.js';
import { RouteTemplates } from './route-templates.js';

/** The connection was gone before the answer was out (as nginx logs it). */
const GONE = 499;

const log = getLoggerOfOneSite('access');

/** The status that the client has seen, as far as can be known here. */
export function answeredStatus(response: ServerResponse): number {
  return response.writableFinished ? response.statusCode : GONE;
}

/**
 * One line per request, for whoever looks for a fault (DEBUG). It holds the template of the route and never the address as it was
 * sent, in which links carry signatures and clients by mistake their keys.
 */
@Injectable()
export class AccessLog {
  constructor(
    pipeline: Pipeline,
    private readonly templates: RouteTemplates,
  ) {
    pipeline.addObserver((request, response, answered) => this.note(request, response, answered));
  }

  private note(request: PlainRequest, response: ServerResponse, { durationMs, sentBytes }: Answered): void {
    if (logLevel() !== 'DEBUG') return;
    const { requestId, correlationId, listener, client, caller } = contextOf(request);
    const facts = {
      method: request.method,
      route: this.templates.of(request),
      status: answeredStatus(response),
      duration_ms: Math.round(durationMs * 10) / 10,
      bytes: sentBytes,
      client: client.address,
      actor: caller.actor,
      listener,
      request_id: requestId,
    };
    // The end of a connection may be noticed in the middle of another request's work.
    withoutLogContext(() =>
      withLogContext({ correlation_id: correlationId }, () => log.debug('Request answered', facts)),
    );
  }
}
