import { Injectable } from '@nestjs/common';
import { HashingWriter, HashPool, type DigestAlgorithm, type Digests } from '#libs/s3';
import type { ByteStore } from './byte-store.js';
import { InFlight } from './in-flight.js';
import type { ObjectAddress } from './object.js';
import { Sealing } from './sealing.js';

/** Bytes that have arrived, are hashed and durable, and belong to nobody yet. */
export interface ReceivedBytes {
  readonly blob: string;
  readonly bytes: number;
  readonly digests: Digests;
}

export interface Receiving {
  readonly store: ByteStore;
  readonly algorithms: readonly DigestAlgorithm[];
  readonly pieces: AsyncIterable<Buffer>;
  /** Of the object that the bytes are to become; absent for a part. */
  readonly address?: ObjectAddress;
  /** Throws unless what arrived is what was announced; then nothing is kept. */
  readonly verify?: (received: Omit<ReceivedBytes, 'blob'>) => void;
  /** Whose upload it is, for the job's progress; absent for bytes that are only moved within the store. */
  readonly progress?: { readonly jobId: string; readonly key: string };
}

/** Takes bytes into a draft, hashing them on the way and off the event loop. Memory is bounded, whatever the size. */
@Injectable()
export class Intake {
  constructor(
    private readonly pool: HashPool,
    private readonly inFlight: InFlight,
    private readonly sealing: Sealing,
  ) {}

  async receive(receiving: Receiving): Promise<ReceivedBytes> {
    const { store, algorithms, pieces, address, verify, progress } = receiving;
    const draft = await store.createDraft(address, (address ?? progress)?.jobId);
    const writer = new HashingWriter(
      this.pool,
      algorithms,
      (bytes, offset) => draft.write(bytes, offset),
      (all) => draft.writeWhole?.(all, algorithms),
    );
    const seen = progress && this.inFlight.begin(progress.jobId, progress.key);
    try {
      for await (const piece of pieces) {
        if (draft.ready) await draft.ready(piece.length);
        await writer.write(piece);
        seen?.add(piece.length);
      }
      const { bytes } = writer;
      return await this.sealing.run(bytes, async () => {
        const digests = await writer.finish();
        verify?.({ bytes, digests });
        return { blob: await draft.seal(), bytes, digests };
      });
    } catch (error) {
      await writer.abandon();
      await draft.discard();
      throw error;
    } finally {
      seen?.end();
    }
  }
}

export function hex(digest: Buffer | undefined): string {
  if (!digest) throw new Error('A digest that every object has was not computed');
  return digest.toString('hex');
}
