import type { IncomingMessage } from 'node:http';
import type { WindowAnswer } from '#libs/state';
import type { RateLimitRule } from './rule.js';

/** What a request has been counted on, until it proves whose it is. */
export interface Hold {
  readonly rule: RateLimitRule;
  /** The key of its address, and of the proofs examined for that address. */
  readonly key: string;
  readonly answer: WindowAnswer;
  /** Present when the address is over its limit and the request goes on only to be examined. */
  readonly attempt: { readonly key: string; readonly answer: WindowAnswer } | undefined;
}

/** Holds of the requests that may still prove themselves; gone with the request. */
export class Holds {
  private readonly holds = new WeakMap<IncomingMessage, Hold>();

  keep(request: IncomingMessage, hold: Hold): void {
    this.holds.set(request, hold);
  }

  /** The hold, which is then no more. */
  take(request: IncomingMessage): Hold | undefined {
    const hold = this.holds.get(request);
    this.holds.delete(request);
    return hold;
  }
}
