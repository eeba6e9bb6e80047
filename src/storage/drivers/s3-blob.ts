import { Readable } from 'node:stream';
import type { ByteRange } from '#libs/s3';
import type { MovedBlob } from '../byte-store.js';
import type { S3Bucket, StoredBytes } from './s3-bucket.js';

/** How often in a row a download may break off without a byte before it counts as failed. */
const RESUMES_MAX = 3;

/** A version in a real bucket. Versions never change, so a download that breaks off goes on where it was. */
export class S3Blob implements MovedBlob {
  readonly bytes: number;
  readonly modifiedAtMs: number;
  /** What the bucket has been sending since the version was opened, until it is read or found to be of no use. */
  private first: Readable | undefined;
  private reading: { readonly source: AsyncGenerator<Buffer, undefined>; rest: Buffer } | undefined;
  private readTo = 0;

  constructor(
    private readonly bucket: S3Bucket,
    readonly name: string,
    opened: StoredBytes & { readonly body: Readable },
  ) {
    this.bytes = opened.bytes;
    this.modifiedAtMs = opened.modifiedAtMs;
    this.first = opened.body;
    // Judged by whoever reads it.
    opened.body.on('error', () => undefined);
  }

  stream(range?: ByteRange): Readable {
    const { start, end } = range ?? { start: 0, end: this.bytes - 1 };
    return Readable.from(this.pieces(start, end), { objectMode: false });
  }

  async read(buffer: Buffer, position: number): Promise<number> {
    const wanted = Math.min(buffer.length, Math.max(this.bytes - position, 0));
    // Whoever goes on where the last read ended reads to the end; whoever jumps wants this piece only.
    const goesOn = position === this.readTo;
    if (!goesOn) await this.endReading();
    const end = (goesOn ? this.bytes : position + wanted) - 1;
    const reading = this.reading ?? { source: this.pieces(position, end), rest: Buffer.alloc(0) };
    this.reading = reading;
    let length = 0;
    while (length < wanted) {
      if (reading.rest.length === 0) {
        const next = await reading.source.next();
        if (next.done === true) break;
        reading.rest = next.value;
      }
      const copied = reading.rest.copy(buffer, length, 0, wanted - length);
      reading.rest = reading.rest.subarray(copied);
      length += copied;
    }
    if (!goesOn) await this.endReading();
    this.readTo = position + length;
    return length;
  }

  async close(): Promise<void> {
    this.first?.destroy();
    this.first = undefined;
    await this.endReading();
  }

  private async endReading(): Promise<void> {
    const { reading } = this;
    this.reading = undefined;
    await reading?.source.return(undefined);
  }

  private async *pieces(start: number, end: number): AsyncGenerator<Buffer, undefined> {
    let failures = 0;
    for (let position = start; position <= end;) {
      try {
        for await (const chunk of await this.bodyFrom(position, end)) {
          const piece = (chunk as Buffer).subarray(0, end + 1 - position);
          position += piece.length;
          failures = 0;
          yield piece;
          if (position > end) return undefined;
        }
        throw new Error('The bucket has sent less than it has');
      } catch (error) {
        failures += 1;
        if (failures > RESUMES_MAX) throw error;
      }
    }
    return undefined;
  }

  private async bodyFrom(position: number, end: number): Promise<Readable> {
    const { first } = this;
    this.first = undefined;
    if (first && position === 0 && !first.destroyed) return first;
    first?.destroy();
    const found = await this.bucket.get(this.name, { start: position, end });
    if (!found) throw new Error('A version was removed while it was being read');
    return found.body;
  }
}
