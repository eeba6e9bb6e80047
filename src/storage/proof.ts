import { HashingWriter, type DigestAlgorithm, type Digests, type HashPool } from '#libs/s3';
import type { OpenBlob } from './byte-store.js';
import { hex } from './intake.js';

/** Read at once while bytes are proven. */
const PROOF_BYTES = 512 * 1024;

/**
 * Digests of the first `bytes` bytes of a blob, or of all it has when there are fewer; computed off the event loop.
 * @throws the signal's reason when it is aborted.
 */
export async function digestsOf(
  blob: OpenBlob,
  bytes: number,
  { pool, algorithms, signal }: { pool: HashPool; algorithms: readonly DigestAlgorithm[]; signal?: AbortSignal },
): Promise<Digests> {
  const writer = new HashingWriter(pool, algorithms, () => Promise.resolve());
  try {
    for (let position = 0; position < bytes;) {
      signal?.throwIfAborted();
      const piece = Buffer.allocUnsafe(Math.min(PROOF_BYTES, bytes - position));
      const length = await blob.read(piece, position);
      if (length === 0) break;
      await writer.write(piece.subarray(0, length));
      position += length;
    }
    return await writer.finish();
  } catch (error) {
    await writer.abandon();
    throw error;
  }
}

/** As `digestsOf`, SHA-256 alone and in hex. */
export async function sha256Of(blob: OpenBlob, bytes: number, pool: HashPool, signal?: AbortSignal): Promise<string> {
  const { sha256 } = await digestsOf(blob, bytes, { pool, algorithms: ['sha256'], ...(signal && { signal }) });
  return hex(sha256);
}
