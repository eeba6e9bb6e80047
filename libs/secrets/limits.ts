/** How often a source is asked, how long it is waited for, and what is done while it fails. */
export interface ReadPolicy {
  /** A value older than this is read anew before it is given out, while its source answers. */
  readonly ttlMs: number;
  /** The time to live is spread by up to this share both ways, so that replicas do not all ask at the same moment. */
  readonly ttlJitter: number;
  /** For so long a name that the source does not have counts as absent. */
  readonly missTtlMs: number;
  readonly timeoutMs: number;
  /** Pause after the first failure; it doubles with each further one. */
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
  /** Whether who asks waits for another try, too, rather than taking the last good value at once. */
  readonly waitsForRetry: boolean;
  /** Two reads on demand are at least so far apart. */
  readonly refreshMinMs: number;
}

/** Files of this machine. */
export const filePolicy: ReadPolicy = {
  ttlMs: 1_000,
  ttlJitter: 0,
  missTtlMs: 1_000,
  timeoutMs: 2_000,
  retryMinMs: 1_000,
  retryMaxMs: 1_000,
  waitsForRetry: true,
  refreshMinMs: 0,
};

/** Services over the network (contract §13: 300 s with jitter). */
export const servicePolicy: ReadPolicy = {
  ttlMs: 300_000,
  ttlJitter: 0.1,
  missTtlMs: 30_000,
  timeoutMs: 5_000,
  retryMinMs: 1_000,
  retryMaxMs: 30_000,
  waitsForRetry: false,
  refreshMinMs: 5_000,
};

export const secretsLimits = {
  documentBytesMax: 1_048_576,
  secretsPerDocumentMax: 1_000,
  /** A read is begun when this share of the time to live has passed, so that nobody who asks has to wait for it. */
  keepFreshShare: 0.8,
  awsAttemptsMax: 2,
  awsConnectTimeoutMs: 2_000,
  /** A token is renewed when this share of its lease has passed. */
  vaultRenewShare: 2 / 3,
  vaultRenewRetryMs: 10_000,
} as const;
