/**
 * The store did not answer in time, is not reachable, or refused the call. Whether the call took effect is unknown.
 * The message names the driver and the operation and never the address, so it may be logged and shown.
 */
export class StateUnavailable extends Error {
  override readonly name = 'StateUnavailable';
}

/** An argument is outside a named limit of the store; nothing was sent to it. */
export class StateLimitExceeded extends RangeError {
  override readonly name = 'StateLimitExceeded';

  constructor(
    /** The limit's name in `stateLimits`, such as `keyBytesMax`. */
    readonly limit: string,
    message: string,
  ) {
    super(`${limit}: ${message}`);
  }
}
