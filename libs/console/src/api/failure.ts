/** One field that the server refused, and why. */
export interface FieldFault {
  readonly field: string;
  readonly message: string;
}

/** An answer that says no (docs/errors.md), or no answer at all (status 0). */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly fields: readonly FieldFault[] = [],
    readonly requestId?: string,
  ) {
    super(message);
  }

  /** What the server says of one field of the request, if it says anything. */
  of(field: string): string | undefined {
    return this.fields.find((fault) => fault.field === field)?.message;
  }
}

interface ErrorBody {
  readonly detail?: unknown;
  readonly error?: unknown;
  readonly details?: { readonly fields?: readonly FieldFault[] };
  readonly request_id?: string;
}

/** The failure that an error body tells of. */
export function failureOf(status: number, body: unknown): ApiFailure {
  const {
    detail,
    error,
    details,
    request_id: requestId,
  } = (typeof body === 'object' && body !== null ? body : {}) as ErrorBody;
  const code = typeof error === 'string' ? error : `http_${status}`;
  return new ApiFailure(status, code, typeof detail === 'string' ? detail : code, details?.fields ?? [], requestId);
}

/** Whatever was thrown, as a failure: a network that is down throws a TypeError. */
export function asFailure(thrown: unknown): ApiFailure {
  if (thrown instanceof ApiFailure) return thrown;
  return new ApiFailure(0, 'no_answer', thrown instanceof Error ? thrown.message : String(thrown));
}
