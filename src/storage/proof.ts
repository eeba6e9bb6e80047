import { HashingWriter, type HashPool } from '#libs/s3';
import type { OpenBlob } from './byte-store.js';
import { hex } from './intake.js';

/** Read at once while bytes are proven. */
const PROOF_BYTES = 512 * 1024;

/**
 * SHA-256 in hex over the first `bytes` bytes of a blob, or over all it has when there are fewer; hashed off the event loop.
 * @throws the signal's reason when it is aborted.
 */
export async function sha256Of(blob: OpenBlob, bytes: number, pool: HashPool, signal?: AbortSignal): Promise<string> {
  const writer = new HashingWriter(pool, ['sha256'], () => Promise.resolve());
  try {
    for (let position = 0; position < bytes;) {
      signal?.throwIfAborted();
      const piece = Buffer.allocUnsafe(Math.min(PROOF_BYTES, bytes - position));
      const length = await blob.read(piece, position);
      if (length === 0) break;
      await writer.write(piece.subarray(0, length));
      position += length;
    }
    return hex((await writer.finish()).sha256);
  } catch (error) {
    await writer.abandon();
    throw error;
  }
}
