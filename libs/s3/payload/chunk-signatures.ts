import { createHash } from 'node:crypto';
import { S3Error } from '../errors.js';
import { hmac, sha256Hex } from '../sigv4/canonical.js';
import { sameSignature, type ChunkSigning } from '../sigv4/verifier.js';

const emptySha256Hex = sha256Hex('');

/** Each chunk's signature covers the one before it, so that chunks cannot be dropped, repeated or swapped. */
export class ChunkSignatureChain {
  private previous: string;
  private claimed = '';
  private hash = createHash('sha256');

  constructor(private readonly signing: ChunkSigning) {
    this.previous = signing.seedSignature;
  }

  /** Takes the extension of a chunk header: `chunk-signature=<64 hex>`. */
  startChunk(extension: string): void {
    const [, signature] = /^chunk-signature=([0-9a-f]{64})$/.exec(extension) ?? [];
    if (signature === undefined) throw mismatch();
    this.claimed = signature;
    this.hash = createHash('sha256');
  }

  update(data: Uint8Array): void {
    this.hash.update(data);
  }

  endChunk(): void {
    this.check('AWS4-HMAC-SHA256-PAYLOAD', [emptySha256Hex, this.hash.digest('hex')], this.claimed);
  }

  /** `canonical` is `name:value\n` of every trailer but the signature. */
  checkTrailer(canonical: string, signature: string): void {
    this.check('AWS4-HMAC-SHA256-TRAILER', [sha256Hex(canonical)], signature);
  }

  private check(algorithm: string, hashes: readonly string[], claimed: string): void {
    const { signingKey, timestamp, scopeText } = this.signing;
    const text = [algorithm, timestamp, scopeText, this.previous, ...hashes].join('\n');
    if (!sameSignature(hmac(signingKey, text), claimed)) throw mismatch();
    this.previous = claimed;
  }
}

function mismatch(): S3Error {
  return new S3Error('SignatureDoesNotMatch', 'The signature of a chunk or of the trailer does not match.');
}
