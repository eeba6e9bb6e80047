/** The bounds of rate limiting that are not settings. */
export const rateLimitLimits = {
  /** How long a caller counts as tracked after a request, and how many are remembered. */
  trackedClientMs: 60_000,
  trackedClientsMax: 100_000,
  /**
   * Requests in the form of a proof (signed webhooks, storage credentials) that are looked at per period from an address which is
   * over its limit. It bounds the work that forgeries cause, and is far above what a sender behind the same address needs.
   */
  proofAttemptsMax: 1_000,
  /** What a person with an account may ask of the storage endpoint per minute. */
  readerCallsMax: 6_000,
  readerPeriodSeconds: 60,
  /** Requests of one job that the storage endpoint serves at a time, in each process. */
  uploadsInFlightMax: 64,
  /** Further ones that wait for their turn … */
  uploadsWaitingMax: 64,
  /** … and for how long, before they are told to slow down. */
  uploadWaitMs: 2_000,
  /** Requests outside the limits (probes, event streams) wait no longer for what their headers say. */
  peekTimeoutMs: 100,
  /** How old what they say may be … */
  peekKeptMs: 1_000,
  /** … and of how many callers the store is asked within that time; the rest are told what this process knows. */
  peeksMax: 100,
  /** What a caller is told to wait when its request cannot be counted. */
  uncountedRetrySeconds: 5,
  /** Keys that a report of the nearest limits lists at most. */
  reportedKeysMax: 100,
  userAgentCharsMax: 256,
} as const;
