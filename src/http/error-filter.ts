import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { getLogger } from '#libs/log';
import { StateUnavailable } from '#libs/state';
import { isStorageFull, isUnavailable } from '../database/index.js';
import { DomainError, statusOf, type ErrorKind } from './domain-error.js';
import { contextOf, type PlainRequest } from './request-context.js';

const log = getLogger('http');

/** Turns whatever was thrown into the one error body of contract §2. No stack, path or SQL ever leaves the server. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    answerError(thrown, http.getRequest<PlainRequest>(), http.getResponse<ServerResponse>());
  }
}

/** Further top-level fields of the error body, where a route promises them. */
export type FailureFields = Readonly<Record<string, unknown>>;

/** Answers `thrown` in the one error body; also used where no Nest route is involved. */
export function answerError(
  thrown: unknown,
  request: PlainRequest,
  response: ServerResponse,
  fields?: FailureFields,
): void {
  const error = asDomainError(thrown);
  const status = error ? statusOf[error.kind] : 500;
  if (status >= 500) log.error('Request failed', { method: request.method, path: request.path, status, error: thrown });
  if (response.headersSent) {
    // Too late for a body: cutting the connection is the only way left to say that the answer is not whole.
    response.destroy();
    return;
  }
  for (const [name, value] of Object.entries(error?.extras.headers ?? {})) response.setHeader(name, value);
  const body = JSON.stringify({
    ...fields,
    ...error?.extras.body,
    detail: error?.message ?? 'Something went wrong in the server; the request id helps to find it in the log.',
    error: error?.code ?? 'internal_error',
    ...(error?.extras.details && { details: error.extras.details }),
    request_id: contextOf(request).requestId,
  });
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
}

/** The expected failure behind whatever was thrown, or undefined when it is a fault of the server. */
export function asDomainError(thrown: unknown): DomainError | undefined {
  if (thrown instanceof DomainError) return thrown;
  if (thrown instanceof HttpException) return fromHttpException(thrown);
  if (isStorageFull(thrown)) {
    return new DomainError('unavailable', 'not_ready', 'The server has no room left on its disk.', {
      cause: thrown,
      headers: { 'Retry-After': '60' },
    });
  }
  if (isUnavailable(thrown)) {
    return new DomainError('unavailable', 'not_ready', 'The database cannot be reached at the moment; try again.', {
      cause: thrown,
      headers: { 'Retry-After': '5' },
    });
  }
  if (thrown instanceof StateUnavailable) {
    return new DomainError(
      'unavailable',
      'not_ready',
      'The state backend cannot be reached at the moment; try again.',
      {
        cause: thrown,
        headers: { 'Retry-After': '5' },
      },
    );
  }
  return fromBodyParser(thrown as { type?: unknown; status?: unknown } | undefined);
}

const codeOfStatus: Readonly<Record<number, readonly [ErrorKind, string]>> = {
  400: ['malformed', 'invalid_input'],
  401: ['unauthenticated', 'authentication_error'],
  403: ['forbidden', 'permission_denied'],
  404: ['not-found', 'not_found'],
  409: ['conflict', 'conflict'],
  413: ['too-large', 'body_too_large'],
  415: ['unsupported', 'unsupported_media_type'],
  422: ['invalid', 'validation_error'],
  429: ['limited', 'rate_limit_exceeded'],
  503: ['unavailable', 'not_ready'],
};

function fromHttpException(exception: HttpException): DomainError | undefined {
  const known = codeOfStatus[exception.getStatus()];
  return (
    known &&
    new DomainError(
      known[0],
      known[1],
      exception.getStatus() === 404 ? 'There is nothing at this address.' : exception.message,
    )
  );
}

/** body-parser and express throw plain errors with a `type` or a status. */
function fromBodyParser(thrown: { type?: unknown; status?: unknown } | undefined): DomainError | undefined {
  switch (thrown?.type) {
    case 'entity.parse.failed':
      return new DomainError('malformed', 'invalid_input', 'The body is not valid JSON.');
    case 'entity.too.large':
      return new DomainError('too-large', 'body_too_large', 'The body is larger than this route accepts.');
    case 'request.aborted':
    case 'request.size.invalid':
      return new DomainError('malformed', 'invalid_input', 'The body ended before its announced length.');
    case 'charset.unsupported':
    case 'encoding.unsupported':
      return new DomainError(
        'unsupported',
        'unsupported_media_type',
        'The body has an encoding that is not supported; send UTF-8 JSON.',
      );
    default:
      return thrown instanceof URIError || thrown?.status === 400
        ? new DomainError('malformed', 'invalid_input', 'The request line is not well-formed.')
        : undefined;
  }
}
