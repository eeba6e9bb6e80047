import { S3Error } from '../errors.js';
import { ChunkSignatureChain } from './chunk-signatures.js';
import type { ChunkSigning } from '../sigv4/verifier.js';
import { TrailerReader } from './trailers.js';

/** The longest chunk header or trailer line, with its line end. Real ones stay under 200 bytes. */
export const chunkLineBytesMax = 1024;

export interface ChunkDecoderOptions {
  /** `x-amz-decoded-content-length`: exactly this many bytes must come out. */
  readonly decodedBytes: number;
  /** Trailers announced by `x-amz-trailer`; each must arrive and no other may. */
  readonly trailerNames: readonly string[];
  /** Whether a trailer section follows the last chunk (the `-TRAILER` payload modes). */
  readonly trailer: boolean;
  /** Present when chunks are signed (STREAMING-AWS4-HMAC-SHA256-PAYLOAD…). */
  readonly signing?: ChunkSigning;
}

type State = 'size' | 'data' | 'data-end' | 'trailer' | 'done';

const noBytes = Buffer.alloc(0);
const LF = 0x0a;
const CR = 0x0d;

/**
 * Takes aws-chunked framing off a body (AWS "Signature calculations: transferring payload in multiple chunks").
 * Push parser: memory is one line, whatever the body; data leaves as slices of what was pushed, uncopied, and never more
 * than declared. Data of a signed chunk leaves before its signature is known, so publish nothing before `end` returned.
 * Throws IncompleteBody, InvalidChunkSizeError, SignatureDoesNotMatch, MalformedTrailerError; afterwards it is spent.
 */
export class ChunkDecoder {
  private state: State = 'size';
  private line: Buffer = noBytes;
  private chunkLeft = 0;
  private decodedLeft: number;
  private readonly signatures: ChunkSignatureChain | undefined;
  private readonly trailers: TrailerReader;

  constructor(private readonly options: ChunkDecoderOptions) {
    this.decodedLeft = options.decodedBytes;
    this.signatures = options.signing && new ChunkSignatureChain(options.signing);
    this.trailers = new TrailerReader(options.trailerNames, this.signatures);
  }

  /** Takes the next bytes of the body and returns the object's bytes in them, in order. */
  push(bytes: Buffer): Buffer[] {
    const decoded: Buffer[] = [];
    let position = 0;
    while (position < bytes.length) {
      if (this.state === 'data') {
        const slice = bytes.subarray(position, position + this.chunkLeft);
        position += slice.length;
        this.takeData(slice);
        decoded.push(slice);
      } else {
        position = this.readLine(bytes, position);
      }
    }
    return decoded;
  }

  /** The body has ended. Returns the trailers by lower-case name, or throws when anything is missing. */
  end(): ReadonlyMap<string, string> {
    if (this.state !== 'done') throw incomplete('The body ended before its last chunk.');
    return this.trailers.values;
  }

  private takeData(slice: Buffer): void {
    this.signatures?.update(slice);
    this.chunkLeft -= slice.length;
    this.decodedLeft -= slice.length;
    if (this.chunkLeft === 0) this.state = 'data-end';
  }

  /** Collects one CRLF line, which may be spread over many pushes, and acts on it. Returns the new position. */
  private readLine(bytes: Buffer, position: number): number {
    if (this.state === 'done') throw incomplete('There are bytes after the end of the body.');
    const lineEnd = bytes.indexOf(LF, position);
    const stop = lineEnd < 0 ? bytes.length : lineEnd + 1;
    if (this.line.length + stop - position > chunkLineBytesMax) throw this.lineFault('is too long');
    const piece = bytes.subarray(position, stop);
    const line = this.line.length === 0 ? piece : Buffer.concat([this.line, piece]);
    const complete = lineEnd >= 0 && line.at(-2) === CR;
    // A copy, for the pushed buffer belongs to the caller and may be large.
    this.line = complete ? noBytes : line === piece ? Buffer.from(piece) : line;
    if (complete) this.acceptLine(line.toString('latin1', 0, line.length - 2));
    else if (lineEnd >= 0 && this.state !== 'trailer') throw this.lineFault('must end with CRLF');
    return stop;
  }

  private acceptLine(line: string): void {
    if (this.state === 'size') {
      this.startChunk(line);
    } else if (this.state === 'data-end') {
      if (line !== '') throw this.lineFault('was expected to be the end of a chunk');
      this.signatures?.endChunk();
      this.state = 'size';
    } else if (line !== '') {
      if (!this.options.trailer) throw incomplete('The last chunk is followed by something other than the end.');
      this.trailers.accept(line);
    } else {
      this.trailers.end();
      this.state = 'done';
    }
  }

  private startChunk(line: string): void {
    const [, hex, extension = ''] = /^([0-9a-fA-F]{1,14})(?:;(.*))?$/.exec(line) ?? [];
    if (hex === undefined) throw this.lineFault('must begin with a hexadecimal size');
    this.chunkLeft = Number.parseInt(hex, 16);
    if (this.chunkLeft > this.decodedLeft) throw incomplete('The chunks hold more than x-amz-decoded-content-length.');
    this.signatures?.startChunk(extension);
    this.state = 'data';
    if (this.chunkLeft > 0) return;
    if (this.decodedLeft > 0) throw incomplete('The chunks hold less than x-amz-decoded-content-length.');
    this.signatures?.endChunk();
    this.state = 'trailer';
  }

  private lineFault(what: string): S3Error {
    return this.state === 'trailer'
      ? new S3Error('MalformedTrailerError', `A trailer line ${what}.`)
      : new S3Error('InvalidChunkSizeError', `A chunk header ${what}.`);
  }
}

function incomplete(message: string): S3Error {
  return new S3Error('IncompleteBody', message);
}
