/** A lease that was granted; `token` grows with every grant of the same name and never repeats. */
export interface Lease {
  readonly name: string;
  readonly holder: string;
  /** Fencing token: whoever guards the shared thing refuses a token smaller than the largest it has seen. */
  readonly token: number;
  /** On the store's clock, milliseconds since 1970. */
  readonly expiresAtMs: number;
}

/** Ends a subscription; after it resolves the handler is not called again. */
export interface Subscription {
  unsubscribe(): Promise<void>;
}

/**
 * Small shared state of all processes of an installation. Every driver keeps the same promises, proven by one suite.
 *
 * Keys, fields, values and messages are well-formed Unicode text without NUL, within `stateLimits`; anything else is
 * refused with `StateLimitExceeded` before the store is asked. Keys are compared byte by byte. Times are milliseconds
 * since 1970 on the store's clock (`nowMs`); what has expired is absent, whether swept or not.
 * Values, counters and hashes of the same key are three different things; `delete` and `deleteByPrefix` remove all three.
 * Every call is one atomic step, and rejects with `StateUnavailable` when the store does not answer in time.
 */
export abstract class StateStore {
  /** The store's clock. */
  abstract nowMs(): Promise<number>;

  abstract get(key: string): Promise<string | undefined>;
  /** Replaces value and expiry; without `expiresAtMs` the value stays until it is deleted. */
  abstract set(key: string, value: string, expiresAtMs?: number): Promise<void>;
  /** Sets the value only where there is none; true when it was set. */
  abstract setIfAbsent(key: string, value: string, expiresAtMs?: number): Promise<boolean>;
  /**
   * Replaces the value only while it equals `expected` (undefined: there is none); `value` undefined deletes it.
   * True when it did. The expiry becomes `expiresAtMs`.
   */
  abstract compareAndSet(
    key: string,
    expected: string | undefined,
    value: string | undefined,
    expiresAtMs?: number,
  ): Promise<boolean>;
  /** True when a value, a counter or a hash was there. */
  abstract delete(key: string): Promise<boolean>;
  /** Deletes every key that starts with `prefix`, taken literally; answers how many values, counters and hashes. */
  abstract deleteByPrefix(prefix: string): Promise<number>;

  /** Adds to a counter (absent = 0) and answers the sum; `expiresAtMs` counts only when this call creates it. */
  abstract increment(key: string, by?: number, expiresAtMs?: number): Promise<number>;
  /** The counter, or undefined when there is none. */
  abstract counter(key: string): Promise<number | undefined>;

  /** Sets fields of a hash and leaves its others; `expiresAtMs`, when given, becomes the expiry of the whole hash. */
  abstract setFields(key: string, fields: ReadonlyMap<string, string>, expiresAtMs?: number): Promise<void>;
  /** All fields; empty when there is no such hash. */
  abstract fields(key: string): Promise<Map<string, string>>;
  /** True when the field was there; a hash without fields is absent. */
  abstract deleteField(key: string, field: string): Promise<boolean>;

  /** Grants the lease unless anyone, the same holder included, has it; undefined when it is taken. */
  abstract acquireLease(name: string, holder: string, ttlMs: number): Promise<Lease | undefined>;
  /** Prolongs a lease that still stands, with the same token; undefined when it expired, was released or is another's. */
  abstract renewLease(lease: Lease, ttlMs: number): Promise<Lease | undefined>;
  /** Ends a lease early; false when it no longer stood. */
  abstract releaseLease(lease: Lease): Promise<boolean>;

  /** Tells every subscriber of the channel, in all processes. At most once: who is cut off misses it. */
  abstract publish(channel: string, message: string): Promise<void>;
  /** Resolves when listening; a lost connection is taken up again by itself. The handler must not throw. */
  abstract subscribe(channel: string, handler: (message: string) => void): Promise<Subscription>;
}
