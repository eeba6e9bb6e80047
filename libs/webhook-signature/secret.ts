import { randomBytes } from 'node:crypto';

const secretPrefix = 'whsec_';
/** Standard Webhooks asks for 24 to 64 bytes. */
const generatedKeyBytes = 32;
const keyCharsMax = 512;

/** A secret that is not base64; the message says nothing of its value. */
export class InvalidWebhookSecretError extends Error {
  constructor() {
    super('A webhook secret must be base64, optionally after "whsec_"');
  }
}

/** A fresh random secret in the form of Standard Webhooks: `whsec_` and base64 of 32 bytes. */
export function generateWebhookSecret(): string {
  return secretPrefix + randomBytes(generatedKeyBytes).toString('base64');
}

/** Whether a text can be a secret of Standard Webhooks. */
export function isWebhookSecret(text: string): boolean {
  try {
    return webhookKey(text).length > 0;
  } catch {
    return false;
  }
}

/**
 * The key behind a secret written `whsec_<base64>` or plain base64, padded or not.
 * @throws InvalidWebhookSecretError
 */
export function webhookKey(secret: string): Buffer {
  const encoded = secret.startsWith(secretPrefix) ? secret.slice(secretPrefix.length) : secret;
  if (encoded.length > keyCharsMax || !/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) throw new InvalidWebhookSecretError();
  const key = Buffer.from(encoded, 'base64');
  // `Buffer` reads what it can; a length that no base64 has means that part of the secret is missing.
  if (key.length === 0 || encoded.replace(/=+$/, '').length % 4 === 1) throw new InvalidWebhookSecretError();
  return key;
}
