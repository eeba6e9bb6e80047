/** What the whole fleet has counted for one provider. */
export interface LostWebhookTotal {
  readonly provider: string;
  /** Never goes down. */
  readonly lost: number;
  readonly lastLostAtMs: number | null;
}

/**
 * Counts, for the whole fleet and over restarts, the ends of runs that the reconciler learned by asking although a webhook
 * had been asked for: it was lost, or is late. Every driver must pass test/contract/lost-webhooks.test.ts.
 */
export abstract class LostWebhooks {
  /** Takes part in the caller's transaction, so that an end is counted exactly as often as it happens: once. */
  abstract count(provider: string, atMs: number): Promise<void>;
  /** By provider; one that has lost nothing is absent. */
  abstract totals(): Promise<readonly LostWebhookTotal[]>;
}
