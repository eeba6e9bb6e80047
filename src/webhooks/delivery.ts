/**
 * Where a delivery stands. `pending`: to be processed, now or after a failed try. `processed`: done, together with its effect.
 * `dead`: given up after DELIVERY_ATTEMPTS_MAX tries; kept, counted and replayable.
 */
export const deliveryStates = ['pending', 'processed', 'dead'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

/** How often a delivery is tried before it is given up. */
export const DELIVERY_ATTEMPTS_MAX = 8;
const RETRY_BASE_MS = 1_000;
const RETRY_CAP_MS = 300_000;

/** A verified webhook as it was received. */
export interface Delivery {
  readonly id: string;
  readonly provider: string;
  /** The sender's id: the same on every retry, so it tells duplicates. */
  readonly webhookId: string;
  /** The job named by the address it was sent to. */
  readonly jobId: string | null;
  readonly address: string;
  readonly correlationId: string;
  readonly receivedAtMs: number;
  /** The parsed body, without the parts that may hold secrets. */
  readonly body: unknown;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly nextAttemptAtMs: number;
  readonly processedAtMs: number | null;
  /** What processing it did, or why the last try failed. */
  readonly outcome: string | null;
}

export type NewDelivery = Pick<
  Delivery,
  'id' | 'provider' | 'webhookId' | 'jobId' | 'address' | 'correlationId' | 'receivedAtMs' | 'body'
>;

/** How long to wait after the given number of failed tries. */
export function retryDelayMs(attempts: number): number {
  return Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 4 ** (attempts - 1));
}

/** A prediction's `input` holds tokens and keys: it is neither stored nor logged (contract §7). */
export function withoutSecrets(body: unknown): unknown {
  if (body === null || typeof body !== 'object' || Array.isArray(body)) return body;
  const { input: _, ...rest } = body as Record<string, unknown>;
  return rest;
}
