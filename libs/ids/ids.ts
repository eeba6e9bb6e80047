import { randomBytes, randomUUID } from 'node:crypto';
import { v7, validate } from 'uuid';

const ID_BYTES = 16;
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** A UUIDv7 (RFC 9562): unique, and in the order of creation when sorted as text. */
export function newId(): string {
  return v7();
}

/** A UUIDv7 that follows from an instant and 16 bytes, such as the hash of a name: the same of the same, in the order of time. */
export function idAt(timeMs: number, bytes: Uint8Array): string {
  return v7({ msecs: timeMs, random: bytes.slice(0, ID_BYTES) });
}

/** Whether the text is a UUID. */
export function isId(text: string): boolean {
  return validate(text);
}

/** A UUIDv4: unique, in no order; cheap enough for every request. */
export function newRandomId(): string {
  return randomUUID();
}

/** `length` random characters of 0-9A-Za-z from the system's secure generator, without bias. */
export function base62(length: number): string {
  return randomText(BASE62, length);
}

/** An upload token: `STU` and 29 characters of A-Z2-7, shaped like an access key so that S3 clients take it as one. */
export function uploadToken(): string {
  return `STU${randomText(BASE32, 29)}`;
}

function randomText(alphabet: string, length: number): string {
  const unbiasedBelow = 256 - (256 % alphabet.length);
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length * 2)) {
      if (byte < unbiasedBelow && text.length < length) text += alphabet.charAt(byte % alphabet.length);
    }
  }
  return text;
}
