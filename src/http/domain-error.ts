/** What went wrong, in the terms of the domain; the filter turns the kind into a status. */
export type ErrorKind =
  | 'malformed'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'timeout'
  | 'conflict'
  | 'precondition'
  | 'too-large'
  | 'unsupported'
  | 'invalid'
  | 'limited'
  | 'unimplemented'
  | 'provider'
  | 'unavailable';

export const statusOf: Readonly<Record<ErrorKind, number>> = {
  malformed: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  timeout: 408,
  conflict: 409,
  precondition: 412,
  'too-large': 413,
  unsupported: 415,
  invalid: 422,
  limited: 429,
  unimplemented: 501,
  provider: 502,
  unavailable: 503,
};

export interface ErrorExtras {
  /** Machine-readable facts for the caller (`details` of the body). */
  readonly details?: Readonly<Record<string, unknown>>;
  /** More top-level fields of the body, where a route promises them. */
  readonly body?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** An expected failure: `code` is stable for programs, the message is one sentence for people and holds no secret. */
export class DomainError extends Error {
  override readonly name = 'DomainError';

  constructor(
    readonly kind: ErrorKind,
    readonly code: string,
    message: string,
    readonly extras: ErrorExtras = {},
  ) {
    super(message, { cause: extras.cause });
  }
}

export function notFound(what: string): DomainError {
  return new DomainError('not-found', 'not_found', `${what} was not found.`);
}

/** 422 naming each field (contract §2). */
export function invalidFields(fields: readonly { readonly field: string; readonly message: string }[]): DomainError {
  const summary = fields.map(({ field, message }) => `${field}: ${message}`).join('; ');
  return new DomainError('invalid', 'validation_error', `The request is not valid: ${summary}.`, {
    details: { fields },
  });
}
