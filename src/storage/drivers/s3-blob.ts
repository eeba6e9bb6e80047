import { addAbortSignal, Readable } from 'node:stream';
import type { ByteRange } from '#libs/s3';
import type { MovedBlob } from '../byte-store.js';
import type { S3Bucket, StoredBytes } from './s3-bucket.js';

/** How often in a row a download may break off without a byte before it counts as failed. */
const RESUMES_MAX = 3;

/** A download that goes on from one read to the next. */
interface Reading {
  readonly source: AsyncGenerator<Buffer, undefined>;
  /** The last byte that it brings. */
  readonly end: number;
  rest: Buffer;
}

/** A version in a real bucket. Versions never change, so a download that breaks off goes on where it was. */
export class S3Blob implements MovedBlob {
  readonly bytes: number;
  readonly modifiedAtMs: number;
  private readonly closing = new AbortController();
  /** What the bucket has been sending since the version was opened, until it is read or found to be of no use. */
  private first: Readable | undefined;
  private reading: Reading | undefined;
  private readTo: number;

  /** `wanted`: the bytes that are likely to be read, and that `opened` brings if it has a body. */
  constructor(
    private readonly bucket: S3Bucket,
    readonly name: string,
    opened: StoredBytes & { readonly body?: Readable },
    private readonly wanted: ByteRange = { start: 0, end: opened.bytes - 1 },
  ) {
    this.bytes = opened.bytes;
    this.modifiedAtMs = opened.modifiedAtMs;
    this.readTo = wanted.start;
    this.first = opened.body && this.untilClosed(opened.body);
  }

  stream(range?: ByteRange): Readable {
    const { start, end } = range ?? { start: 0, end: this.bytes - 1 };
    return Readable.from(this.pieces(start, end), { objectMode: false });
  }

  async read(buffer: Buffer, position: number): Promise<number> {
    const wanted = Math.min(buffer.length, Math.max(this.bytes - position, 0));
    const last = position + wanted - 1;
    // Whoever goes on where the last read ended reads to the end; whoever jumps wants this piece only.
    const goesOn = position === this.readTo;
    if (!goesOn || (this.reading && this.reading.end < last)) await this.endReading();
    const reading = this.reading ?? this.begin(position, goesOn ? Math.max(this.wanted.end, last) : last);
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
    // Also sees the end of the answer, so that the next request may use the connection.
    else if (reading.rest.length === 0 && position + length > reading.end) await reading.source.next();
    this.readTo = position + length;
    return length;
  }

  async close(): Promise<void> {
    this.closing.abort();
    this.first = undefined;
    await this.endReading();
  }

  private begin(start: number, end: number): Reading {
    return { source: this.pieces(start, end), end, rest: Buffer.alloc(0) };
  }

  private async endReading(): Promise<void> {
    const { reading } = this;
    this.reading = undefined;
    await reading?.source.return(undefined);
  }

  private async *pieces(start: number, end: number): AsyncGenerator<Buffer, undefined> {
    let failures = 0;
    let body: AsyncIterator<Buffer> | undefined;
    let bodyEnd = -1;
    try {
      for (let position = start; position <= end;) {
        let piece: Buffer;
        // A reader that gives up does so at `yield`: in here fails the bucket alone.
        try {
          if (!body) ({ body, bodyEnd } = await this.bodyFrom(position, end));
          const next = await body.next();
          if (next.done === true) throw new Error('The bucket has sent less than it has');
          piece = next.value.subarray(0, end + 1 - position);
        } catch (error) {
          body = undefined;
          failures += 1;
          if (failures > RESUMES_MAX || this.closing.signal.aborted) throw error;
          continue;
        }
        failures = 0;
        position += piece.length;
        yield piece;
      }
      // A connection whose answer was read to its end serves the next request; any other is closed.
      if (bodyEnd === end) await body?.next().catch(() => undefined);
    } finally {
      await body?.return?.();
    }
    return undefined;
  }

  private async bodyFrom(position: number, end: number): Promise<{ body: AsyncIterator<Buffer>; bodyEnd: number }> {
    const { first, wanted } = this;
    this.first = undefined;
    if (first && position === wanted.start && end <= wanted.end && !first.destroyed)
      return { body: first[Symbol.asyncIterator](), bodyEnd: wanted.end };
    first?.destroy();
    const found = await this.bucket.get(this.name, { start: position, end });
    if (!found) throw new Error('A version was removed while it was being read');
    return { body: this.untilClosed(found.body)[Symbol.asyncIterator](), bodyEnd: end };
  }

  private untilClosed(body: Readable): Readable {
    // Judged by whoever reads it.
    body.on('error', () => undefined);
    return addAbortSignal(this.closing.signal, body);
  }
}
