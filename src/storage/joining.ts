import { Injectable } from '@nestjs/common';
import { HashPool, S3Error } from '#libs/s3';
import type { ByteStore } from './byte-store.js';
import { hex, Intake } from './intake.js';
import type { ObjectAddress, StoredObject, UploadPart } from './object.js';
import { sha256Of } from './proof.js';

/** Bytes read at once while parts are joined. */
const JOIN_BYTES = 512 * 1024;

/** Makes one blob of the parts of an upload. The SHA-256 of the whole is that of bytes that were read back, not of what parts have told. */
@Injectable()
export class Joining {
  constructor(
    readonly intake: Intake,
    private readonly pool: HashPool,
  ) {}

  /** The joined bytes belong to the caller. @throws S3Error InvalidPart when the bytes of a part are gone. */
  async join(
    address: ObjectAddress,
    parts: readonly UploadPart[],
    store: ByteStore,
  ): Promise<Pick<StoredObject, 'blob' | 'bytes' | 'sha256'>> {
    const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
    await store.admit(bytes);
    const joined = await store.join(address, parts);
    if (joined !== undefined) return { blob: joined, bytes, sha256: await this.prove(joined, address, bytes, store) };
    const pieces = bytesOf(parts, store);
    const { blob, digests } = await this.intake.receive({ store, algorithms: ['sha256'], pieces, address });
    return { blob, bytes, sha256: hex(digests.sha256) };
  }

  private async prove(blob: string, address: ObjectAddress, bytes: number, store: ByteStore): Promise<string> {
    try {
      const opened = await store.open(blob, address);
      if (!opened) throw new Error('What the store has joined is not there');
      try {
        return await sha256Of(opened, bytes, this.pool);
      } finally {
        await opened.close();
      }
    } catch (error) {
      // Nobody knows of it yet; what cannot be removed now is found by the sweeper.
      await store.remove(blob, address).catch(() => undefined);
      throw error;
    }
  }
}

async function* bytesOf(parts: readonly UploadPart[], store: ByteStore): AsyncGenerator<Buffer> {
  for (const part of parts) {
    const blob = await store.open(part.blob, undefined);
    if (!blob) throw new S3Error('InvalidPart', `The bytes of part ${part.partNumber} are missing on the server.`);
    try {
      for (let position = 0; position < part.bytes;) {
        // A new buffer each time: the reader of the last one may not have finished with it.
        const buffer = Buffer.allocUnsafe(Math.min(JOIN_BYTES, part.bytes - position));
        const length = await blob.read(buffer, position);
        if (length < buffer.length) throw new Error('A part is shorter than it was when it arrived');
        position += length;
        yield buffer;
      }
    } finally {
      await blob.close();
    }
  }
}
