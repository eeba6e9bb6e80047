import { Transform, type TransformCallback } from 'node:stream';
import { ChunkDecoder, type ChunkDecoderOptions } from './chunk-decoder.js';

/** `ChunkDecoder` as a stream: framed bytes in, the object's bytes out; `trailers` is filled once it has ended. */
export class ChunkDecoderStream extends Transform {
  trailers: ReadonlyMap<string, string> = new Map();
  private readonly decoder: ChunkDecoder;

  constructor(options: ChunkDecoderOptions) {
    super();
    this.decoder = new ChunkDecoder(options);
  }

  override _transform(bytes: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.attempt(done, () => {
      for (const slice of this.decoder.push(bytes)) this.push(slice);
    });
  }

  override _flush(done: TransformCallback): void {
    this.attempt(done, () => {
      this.trailers = this.decoder.end();
    });
  }

  private attempt(done: TransformCallback, work: () => void): void {
    try {
      work();
    } catch (error) {
      done(error as Error);
      return;
    }
    done();
  }
}
