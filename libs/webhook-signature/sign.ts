import { webhookKey } from './secret.js';
import { isMessageId, signatureOf, signatureVersion } from './signature.js';

export interface SignatureHeaders {
  readonly 'webhook-id': string;
  readonly 'webhook-timestamp': string;
  readonly 'webhook-signature': string;
}

/**
 * The headers to send with `body` (Standard Webhooks 1.0). With several secrets, as during a rotation, a receiver that
 * knows any of them is satisfied. A retry keeps its id and takes the time of the attempt.
 * @throws InvalidWebhookSecretError, or RangeError for an id that cannot be signed
 */
export function signWebhook(message: {
  readonly id: string;
  readonly timeMs: number;
  readonly body: Uint8Array | string;
  readonly secrets: readonly [string, ...string[]];
}): SignatureHeaders {
  const { id, secrets } = message;
  if (!isMessageId(id))
    throw new RangeError('A message id is 1 to 256 printable characters without comma or full stop');
  const timestamp = String(Math.floor(message.timeMs / 1_000));
  const body = Buffer.from(message.body);
  const signatures = secrets.map(
    (secret) => `${signatureVersion},${signatureOf(webhookKey(secret), id, timestamp, body)}`,
  );
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}
