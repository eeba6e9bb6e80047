import { StateLimitExceeded } from './errors.js';

/** What every driver accepts, so that a program that works on one store works on all of them. */
export const stateLimits = {
  /** UTF-8 bytes of the prefix put before every key. */
  keyPrefixBytesMax: 64,
  /** UTF-8 bytes of a key, a hash's field, a lease's name or holder, a channel; MySQL's index decides it. */
  keyBytesMax: 512,
  /** UTF-8 bytes of a value; a hash as a whole is kept in one row, so keep it to tens of fields. */
  valueBytesMax: 65_536,
  /** UTF-8 bytes of a message; PostgreSQL's NOTIFY carries less than 8,000 together with the channel. */
  messageBytesMax: 4_096,
  /** Above this limit a sliding window counts with two counters instead of remembering every hit. */
  exactLimitMax: 1_000,
  /** Largest limit of a sliding window. */
  windowLimitMax: 1_000_000,
  /** Longest sliding window: seven days. */
  windowMsMax: 604_800_000,
  /** Longest lease: one day. */
  leaseMsMax: 86_400_000,
} as const;

const plainAscii = /^[\x20-\x7e]*$/;
// NUL cannot be kept by PostgreSQL's text, half a surrogate pair cannot be written as UTF-8.
const unstorable = /\0|\p{Surrogate}/u;

/** Refuses text that some store could not keep or give back unchanged. */
function checkText(
  limit: 'keyBytesMax' | 'valueBytesMax' | 'messageBytesMax' | 'keyPrefixBytesMax',
  text: string,
): void {
  const bytesMax = stateLimits[limit];
  if (text.length > bytesMax) throw new StateLimitExceeded(limit, `more than ${bytesMax} bytes`);
  if (plainAscii.test(text)) return;
  if (unstorable.test(text)) throw new StateLimitExceeded(limit, 'NUL and unpaired surrogates cannot be stored');
  if (Buffer.byteLength(text) > bytesMax) throw new StateLimitExceeded(limit, `more than ${bytesMax} bytes`);
}

export function checkKey(key: string): void {
  if (key === '') throw new StateLimitExceeded('keyBytesMax', 'a key has at least one byte');
  checkText('keyBytesMax', key);
}

/** A prefix to delete by may be empty: everything. */
export function checkPrefix(prefix: string): void {
  checkText('keyBytesMax', prefix);
}

export function checkKeyPrefix(prefix: string): void {
  checkText('keyPrefixBytesMax', prefix);
}

export function checkValue(value: string): void {
  checkText('valueBytesMax', value);
}

export function checkMessage(message: string): void {
  checkText('messageBytesMax', message);
}

export function checkExpiry(expiresAtMs: number | undefined): void {
  if (expiresAtMs !== undefined && !(Number.isSafeInteger(expiresAtMs) && expiresAtMs >= 0)) {
    throw new StateLimitExceeded('expiresAtMs', 'a whole number of milliseconds since 1970 is needed');
  }
}

export function checkIncrement(by: number): void {
  if (!Number.isSafeInteger(by)) throw new StateLimitExceeded('increment', 'a whole number below 2^53 is needed');
}

export function checkLease(name: string, holder: string, ttlMs: number): void {
  checkKey(name);
  checkKey(holder);
  checkWhole('leaseMsMax', ttlMs, 1, stateLimits.leaseMsMax);
}

/** Checks the arguments of a hit; `cost` 0 asks without counting. */
export function checkHit(key: string, limit: number, windowMs: number, cost: number): void {
  checkKey(key);
  checkWhole('windowLimitMax', limit, 1, stateLimits.windowLimitMax);
  checkWhole('windowMsMax', windowMs, 1, stateLimits.windowMsMax);
  checkWhole('cost', cost, 0, limit);
}

function checkWhole(limit: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new StateLimitExceeded(limit, `${value} is not a whole number from ${min} to ${max}`);
  }
}

export function checkFields(fields: ReadonlyMap<string, string>): void {
  for (const [field, value] of fields) {
    checkKey(field);
    checkValue(value);
  }
}
