import type { IncomingMessage } from 'node:http';
import { ChunkDecoder, S3Error, type ChunkSigning, type Payload } from '#libs/s3';
import type { Clock } from '#libs/clock';
import { storageLimits } from '../storage.limits.js';

/** What a body must be to be taken. */
export interface BodyRules {
  readonly payload: Payload;
  /** What the chunks of a signed stream chain on to. */
  readonly signing: ChunkSigning | undefined;
  /** Longer bodies are refused as soon as that is known. */
  readonly bytesMax: number;
  readonly tooLarge: () => S3Error;
}

/** What may have arrived and not yet been taken, before the sender is held back: so it can go on while we store. */
const ARRIVED_BYTES_MAX = 256 * 1024;

/** The client hung up: there is nobody to answer. */
export class ClientGoneError extends Error {
  override readonly name = 'ClientGoneError';
}

/**
 * Reads a request's body as the object's bytes: framing taken off, length held against what was announced, no faster
 * than it is consumed, and cut off when the sender stalls while we wait for it.
 */
export class BodyReader {
  /** Of an aws-chunked body, once it has ended. */
  trailers: ReadonlyMap<string, string> = new Map();
  private wake: () => void = () => undefined;
  private readonly arrived: Buffer[] = [];
  private arrivedBytes = 0;
  private failure: Error | undefined;
  private receivedBytes = 0;
  private waitedMs = 0;

  constructor(
    private readonly request: IncomingMessage,
    private readonly rules: BodyRules,
    private readonly clock: Clock,
  ) {}

  /** The pieces in order. Ends the wait of a client that asked whether to send at all. */
  async *pieces(sayContinue: () => void): AsyncGenerator<Buffer> {
    const { payload, signing, bytesMax, tooLarge } = this.rules;
    const decoder = decoderOf(payload, signing);
    let bytes = 0;
    const stop = this.listen();
    sayContinue();
    try {
      for (let received = await this.next(); received; received = await this.next()) {
        for (const piece of decoder ? decoder.push(received) : [received]) {
          bytes += piece.length;
          if (bytes > bytesMax) throw tooLarge();
          yield piece;
        }
      }
      if (decoder) this.trailers = decoder.end();
      if (payload.decodedBytes !== undefined && payload.decodedBytes !== bytes) {
        throw new S3Error('IncompleteBody', 'You did not provide the number of bytes specified.');
      }
    } finally {
      stop();
    }
  }

  private async next(): Promise<Buffer | undefined> {
    for (;;) {
      const chunk = this.arrived.shift();
      if (chunk) {
        this.receivedBytes += chunk.length;
        this.arrivedBytes -= chunk.length;
        if (this.arrivedBytes === 0 && this.request.isPaused()) this.request.resume();
        return chunk;
      }
      if (this.failure) throw this.failure;
      if (this.request.readableEnded) return undefined;
      const sinceMs = this.clock.monotonicMs();
      await new Promise<void>((resolve) => (this.wake = resolve));
      this.waitedMs += this.clock.monotonicMs() - sinceMs;
    }
  }

  private listen(): () => void {
    const { request } = this;
    const wake = (): void => this.wake();
    const gone = (): void => {
      if (!request.readableEnded) this.fail(new ClientGoneError('The client closed the connection'));
    };
    // Piece by piece, as they come: what `read` hands over would be a copy of all that has come meanwhile.
    const take = (chunk: Buffer): void => {
      this.arrived.push(chunk);
      this.arrivedBytes += chunk.length;
      if (this.arrivedBytes >= ARRIVED_BYTES_MAX) request.pause();
      wake();
    };
    const listeners = [
      ['data', take],
      ['end', wake],
      ['close', gone],
      ['error', gone],
    ] as const;
    for (const [event, listener] of listeners) request.on(event, listener);
    if (request.destroyed) gone();
    const pace = this.clock.every(storageLimits.uploadStallMs, () => this.judgePace());
    return () => {
      pace.stop();
      for (const [event, listener] of listeners) request.off(event, listener);
      request.pause();
      // Whatever else happens to the connection is no longer ours to report.
      request.on('error', () => undefined);
    };
  }

  /** Only time spent waiting for the sender counts: our own disk may be the slow one. */
  private judgePace(): void {
    const { uploadBytesPerSecondMin, uploadStallMs } = storageLimits;
    const isWaitingMost = this.waitedMs > uploadStallMs / 2 || this.receivedBytes === 0;
    if (isWaitingMost && this.receivedBytes < (uploadBytesPerSecondMin * uploadStallMs) / 1000) {
      this.fail(
        new S3Error(
          'RequestTimeout',
          'Your socket connection to the server was not read from or written to within the timeout period.',
        ),
      );
    }
    this.receivedBytes = 0;
    this.waitedMs = 0;
  }

  private fail(failure: Error): void {
    this.failure ??= failure;
    this.wake();
  }
}

function decoderOf(payload: Payload, signing: ChunkSigning | undefined): ChunkDecoder | undefined {
  const { mode, decodedBytes = 0, trailerNames } = payload;
  if (mode.kind !== 'chunked') return undefined;
  if (mode.signed && !signing) {
    throw new S3Error('InvalidRequest', 'Signed chunks need a signed request.');
  }
  return new ChunkDecoder({
    decodedBytes,
    trailerNames,
    trailer: mode.trailer,
    ...(mode.signed && { signing }),
  });
}
