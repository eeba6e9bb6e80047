import type { Delivery, DeliveryState, NewDelivery } from './delivery.js';

export interface DeliveryFilter {
  readonly provider?: string;
  readonly state?: DeliveryState;
  readonly jobId?: string;
  readonly webhookId?: string;
}

export interface DeliveryPage {
  readonly deliveries: readonly Delivery[];
  readonly hasMore: boolean;
}

/** What the inbox still has to do. */
export interface Backlog {
  readonly pending: number;
  readonly dead: number;
  readonly oldestPendingMs: number | undefined;
}

/** Where the inbox lives. Every driver must pass test/contract/delivery-repository.test.ts. */
export abstract class DeliveryRepository {
  /** Stores those whose (provider, webhookId) is new, all in one transaction, and returns the ids of the ones it stored. */
  abstract add(deliveries: readonly NewDelivery[]): Promise<ReadonlySet<string>>;
  /** Takes up to `limit` pending deliveries that are due; nobody else gets them before `untilMs`. */
  abstract claim(nowMs: number, untilMs: number, limit: number): Promise<Delivery[]>;
  /** As `claim`, for a process that knows itself to be the only one: nothing is written, so it must not ask again meanwhile. */
  abstract due(nowMs: number, limit: number): Promise<Delivery[]>;
  /** Makes everything that waits due now, whoever has claimed it: for a process that knows itself to be the only one. */
  abstract takeOver(nowMs: number): Promise<void>;
  /** Marks claimed deliveries processed, all with one outcome; returns how many nobody else had done so with already. */
  abstract complete(ids: readonly string[], outcome: string, atMs: number): Promise<number>;
  /** Counts a failed try: due again at `nextAttemptAtMs`, or dead when that is undefined. */
  abstract fail(id: string, attempts: number, outcome: string, nextAttemptAtMs: number | undefined): Promise<void>;
  abstract find(id: string): Promise<Delivery | undefined>;
  /** Newest first; `before` goes on where a page ended. */
  abstract page(
    filter: DeliveryFilter,
    limit: number,
    before: { readonly receivedAtMs: number; readonly id: string } | undefined,
  ): Promise<DeliveryPage>;
  /** Makes deliveries that match pending again, as if never tried; returns how many. */
  abstract replay(filter: DeliveryFilter & { readonly id?: string }, nowMs: number, limit: number): Promise<number>;
  /** How many wait and are dead, and when the oldest waiting one was received. */
  abstract backlog(): Promise<Backlog>;
  /** Removes processed deliveries received before `beforeMs`, at most `limit`; returns how many. */
  abstract forget(beforeMs: number, limit: number): Promise<number>;
}
