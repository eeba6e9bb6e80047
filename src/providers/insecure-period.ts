import type { StoredFields } from './provider-settings.js';

/** How long certificates stay unverified after somebody has turned verification off: a day. */
export const INSECURE_MS = 86_400_000;

/** Stored beside the fields that people set. */
const EXPIRY = 'ssl_verify_expires_at_ms';

interface Stored {
  readonly fields: StoredFields;
  readonly updatedAtMs: number;
}

/** When verification comes back by itself; undefined while it was never turned off here. */
export function insecureUntilMs(stored: Stored | undefined): number | undefined {
  if (stored?.fields['ssl_verify'] !== false) return undefined;
  const told = stored.fields[EXPIRY];
  return typeof told === 'number' ? told : stored.updatedAtMs + INSECURE_MS;
}

/** The fields that count at this moment: verification is on again once its time is over. */
export function unlessExpired(stored: Stored | undefined, nowMs: number): StoredFields {
  const untilMs = insecureUntilMs(stored);
  return untilMs !== undefined && untilMs <= nowMs ? secured(stored?.fields ?? {}) : (stored?.fields ?? {});
}

/** The fields after a change, with the instant at which verification comes back; turning it off again renews that. */
export function withExpiry(
  fields: StoredFields,
  change: Readonly<Record<string, unknown>>,
  before: Stored | undefined,
  nowMs: number,
): StoredFields {
  if (fields['ssl_verify'] !== false) return withoutExpiry(fields);
  const untilMs = change['ssl_verify'] === false ? nowMs + INSECURE_MS : insecureUntilMs(before);
  return { ...fields, [EXPIRY]: untilMs };
}

/** The fields with verification on, as by default. */
export function secured(fields: StoredFields): StoredFields {
  return Object.fromEntries(Object.entries(withoutExpiry(fields)).filter(([name]) => name !== 'ssl_verify'));
}

function withoutExpiry(fields: StoredFields): StoredFields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => name !== EXPIRY));
}
