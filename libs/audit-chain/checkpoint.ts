import { createHash, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { canonicalJson } from './canonical.js';
import type { ChainHead } from './chain.js';

/** What a checkpoint states: at `signedAtMs` the chain reached `sequence` and its hash was `hash`. */
export interface Checkpoint extends ChainHead {
  readonly signedAtMs: number;
  /** Number of the segment that holds the row, counted from 1. */
  readonly segment: number;
  /** The row is the last of its segment. Kept when retention drops the segment: the next one is verified from here. */
  readonly endsSegment: boolean;
}

export interface SignedCheckpoint extends Checkpoint {
  /** Which key signed: the first 16 hexadecimal digits of SHA-256 over its public half (SPKI, DER). */
  readonly keyId: string;
  /** Ed25519 over the canonical JSON of the statement, in base64. */
  readonly signature: string;
}

// Said in what is signed, so that no signature made for another purpose with this key can pass for a checkpoint.
const purpose = 'simpletuner.cloud audit checkpoint 1';

/** Signs a checkpoint with an Ed25519 private key. */
export function signCheckpoint(checkpoint: Checkpoint, privateKey: KeyObject): SignedCheckpoint {
  const keyId = keyIdOf(createPublicKey(privateKey));
  const signature = sign(null, statement(checkpoint, keyId), privateKey).toString('base64');
  const { sequence, hash, timeMs, signedAtMs, segment, endsSegment } = checkpoint;
  return { sequence, hash, timeMs, signedAtMs, segment, endsSegment, keyId, signature };
}

/** Whether one of the Ed25519 public keys (the present one, or those before a rotation) signed exactly this. */
export function isSignedBy(checkpoint: SignedCheckpoint, publicKeys: readonly KeyObject[]): boolean {
  const publicKey = publicKeys.find((key) => key.asymmetricKeyType === 'ed25519' && keyIdOf(key) === checkpoint.keyId);
  if (!publicKey) return false;
  const signature = Buffer.from(checkpoint.signature, 'base64');
  return verify(null, statement(checkpoint, checkpoint.keyId), publicKey, signature);
}

/** The name of a public key in what is signed with it: the first 16 hexadecimal digits of SHA-256 over its DER (SPKI). */
export function keyIdOf(publicKey: KeyObject): string {
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('hex').slice(0, 16);
}

function statement(checkpoint: Checkpoint, keyId: string): Buffer {
  const { sequence, hash, timeMs, signedAtMs, segment, endsSegment } = checkpoint;
  return Buffer.from(
    canonicalJson({
      purpose,
      sequence,
      hash,
      time_ms: timeMs,
      signed_at_ms: signedAtMs,
      segment,
      ends_segment: endsSegment,
      key_id: keyId,
    }),
  );
}
