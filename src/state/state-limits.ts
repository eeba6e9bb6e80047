/** The bounds of what requests wait for from the state backend. */
export const stateRequestLimits = {
  /** A request waits this long for the store, whatever STATE_BACKEND_TIMEOUT allows to work in the background. */
  requestTimeoutMs: 1_000,
  /** A store that failed is asked again, by one ping at a time, after this pause. */
  probeIntervalMs: 500,
} as const;
