import { timingSafeEqual } from 'node:crypto';
import { webhookKey } from './secret.js';
import { isMessageId, signatureOf, signatureVersion, toleranceSeconds } from './signature.js';

export type VerificationFailure =
  'missing_header' | 'malformed_header' | 'timestamp_too_old' | 'timestamp_too_new' | 'no_match';

export type Verification =
  | { readonly ok: true; readonly messageId: string; readonly timeMs: number; readonly secretIndex: number }
  | { readonly ok: false; readonly reason: VerificationFailure };

export interface SignedMessage {
  /** Headers with lower-case names, as Node gives them. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The body as it came over the wire; parsed and written again it would not match. */
  readonly body: Uint8Array;
  /** Current secret first, then previous ones; none of them known means that nothing can match. */
  readonly secrets: readonly string[];
  readonly nowMs: number;
}

const signatureCharsMax = 4_096;
const signaturesMax = 32;

/**
 * Checks a message by Standard Webhooks 1.0: any of its `v1` signatures by any of our secrets, sent within ±300 s.
 * `secretIndex` tells which secret matched. The time taken does not depend on how much of a signature was right.
 * @throws InvalidWebhookSecretError when a secret of ours is not base64
 */
export function verifyWebhook({ headers, body, secrets, nowMs }: SignedMessage): Verification {
  const parsed = readHeaders(headers);
  if (typeof parsed === 'string') return failure(parsed);
  const { id, timestamp, signatures } = parsed;
  const ageSeconds = Math.floor(nowMs / 1_000) - Number(timestamp);
  if (ageSeconds > toleranceSeconds) return failure('timestamp_too_old');
  if (ageSeconds < -toleranceSeconds) return failure('timestamp_too_new');
  const matches = secrets.map((secret) => {
    const expected = Buffer.from(signatureOf(webhookKey(secret), id, timestamp, body));
    return signatures.filter((signature) => isSame(signature, expected)).length > 0;
  });
  const secretIndex = matches.indexOf(true);
  if (secretIndex < 0) return failure('no_match');
  return { ok: true, messageId: id, timeMs: Number(timestamp) * 1_000, secretIndex };
}

interface ParsedHeaders {
  readonly id: string;
  readonly timestamp: string;
  readonly signatures: readonly Buffer[];
}

function readHeaders(headers: SignedMessage['headers']): ParsedHeaders | 'missing_header' | 'malformed_header' {
  const id = headers['webhook-id'];
  const timestamp = headers['webhook-timestamp'];
  const signature = headers['webhook-signature'];
  if (!id || !timestamp || !signature) return 'missing_header';
  // A header sent twice leaves open which of the two was meant.
  if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof signature !== 'string') {
    return 'malformed_header';
  }
  const signatures = readSignatures(signature);
  if (!isMessageId(id) || !/^\d{1,12}$/.test(timestamp) || !signatures) return 'malformed_header';
  return { id, timestamp, signatures };
}

/** The `v1` values; other versions are passed over, as the standard asks, but must have the form of one. */
function readSignatures(header: string): readonly Buffer[] | undefined {
  if (header.length > signatureCharsMax) return undefined;
  const pairs = header.split(' ').filter((part) => part !== '');
  if (pairs.length === 0 || pairs.length > signaturesMax || !pairs.every((part) => /^\w+,[^,\s]+$/.test(part))) {
    return undefined;
  }
  const prefix = `${signatureVersion},`;
  return pairs.filter((part) => part.startsWith(prefix)).map((part) => Buffer.from(part.slice(prefix.length)));
}

function isSame(given: Buffer, expected: Buffer): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function failure(reason: VerificationFailure): Verification {
  return { ok: false, reason };
}
