import type { ServerResponse } from 'node:http';
import type { PlainRequest } from '../http/index.js';

/** So many calls per period. */
export interface Budget {
  readonly calls: number;
  readonly periodSeconds: number;
}

/** Who a sender proved to be, and what it may then ask of us. */
export type VerifiedSender =
  | { readonly kind: 'webhook'; readonly provider: string; readonly budget: Budget }
  | { readonly kind: 'upload'; readonly jobId: string; readonly budget: Budget }
  | { readonly kind: 'reader'; readonly userId: string };

/**
 * Lets senders that have proved themselves out of the limit of their address (contract §7, §8).
 *
 * Every request is counted on its address. One whose address is over its limit is refused at once, unless it carries something in the
 * form of a proof: that is examined, up to `proofAttemptsMax` per address and period. A proof that holds takes the request off
 * the address; one that fails is answered with the refusal. So forgers cannot lock out a genuine sender behind the same
 * address, and cannot make the server examine more than that.
 */
export abstract class VerifiedSenders {
  /**
   * To be called as soon as the proof holds: counts the request on the sender's own budget instead of its address'.
   * @throws DomainError rate_limit_exceeded when that budget, or the number of uploads in flight, is used up.
   */
  abstract admit(request: PlainRequest, response: ServerResponse, sender: VerifiedSender): Promise<void>;
  /**
   * To be called before a request is served that has proved nothing and need not.
   * @throws DomainError rate_limit_exceeded when it went on only to be examined: its address is over its limit.
   */
  abstract admitUnproven(request: PlainRequest): void;
  /** What to answer when a request ended in `failure`: the refusal when it had not proved itself and its address is over its limit. */
  abstract verdictOn(request: PlainRequest, failure: unknown): unknown;
}
