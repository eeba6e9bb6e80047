import { hmac, type CredentialScope } from './canonical.js';

const keysMax = 1024;

/** kSigning = HMAC(HMAC(HMAC(HMAC("AWS4" + secret, day), region), "s3"), "aws4_request"). */
export function deriveSigningKey(secretAccessKey: string, scope: CredentialScope): Buffer {
  return hmac(hmac(hmac(hmac(`AWS4${secretAccessKey}`, scope.day), scope.region), 's3'), 'aws4_request');
}

/** Remembers derived keys; the oldest leaves first. Only true secrets of known clients reach it. */
export class SigningKeys {
  private readonly keys = new Map<string, Buffer>();

  get(secretAccessKey: string, scope: CredentialScope): Buffer {
    const name = `${scope.day}/${scope.region}/${secretAccessKey}`;
    const known = this.keys.get(name);
    if (known) return known;
    const key = deriveSigningKey(secretAccessKey, scope);
    if (this.keys.size >= keysMax) this.keys.delete(this.keys.keys().next().value ?? '');
    this.keys.set(name, key);
    return key;
  }
}
