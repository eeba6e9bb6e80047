import { createHmac } from 'node:crypto';

/** Messages are refused when their time is further than this from ours (Standard Webhooks 1.0). */
export const toleranceSeconds = 300;
export const signatureVersion = 'v1';

// The id is signed together with what follows it, divided by full stops: one inside it would make the text ambiguous.
const wellFormedId = /^[!-+\--~]{1,256}$/;

/** Whether an id can be signed: 1 to 256 printable ASCII characters, no space, comma or full stop. */
export function isMessageId(id: string): boolean {
  return wellFormedId.test(id) && !id.includes('.');
}

/** Base64 of HMAC-SHA256 over `id.timestamp.body`, the body byte for byte. */
export function signatureOf(key: Buffer, id: string, timestamp: string, body: Uint8Array): string {
  return createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
}
