import type { HashPool } from './hash-pool.js';
import type { HashThread } from './hash-thread.js';
import { MultiHasher, type DigestAlgorithm, type Digests } from './hashers.js';

/** Takes a batch of the object at its offset. The bytes are only valid until the promise settles: the memory is used again. */
export type StoreBatch = (bytes: Buffer, offset: number) => Promise<void>;

/**
 * Takes all of a small upload at once, with its memory, and hashes it, where that can be had for less than one after the other here;
 * undefined when it cannot at the moment, and then it has touched nothing.
 */
export type StoreWhole = (pieces: readonly Uint8Array[]) => Promise<Digests> | undefined;

/** Small pieces are bundled at the latest when this many wait, so that a one-byte sender cannot pile up objects. */
const piecesMax = 256;
/** So few are stored one by one: copying them together would take longer. */
const fewPieces = 2;
/** So many are hashed and stored, or wait for it, while the next one fills. With more of them large uploads measured slower. */
const batchesInFlightMax = 2;

/**
 * Hashes an upload while it is being stored: pieces are gathered into batches, each batch goes to a worker thread and to
 * `store` at the same time. Calls of `store` never overlap and come in order. Small uploads skip the worker.
 * Errors of `store` (or a lost thread) reject the next `write` or `finish`; then call `abandon`.
 */
export class HashingWriter {
  /** Bytes taken so far. */
  bytes = 0;
  private pieces: Uint8Array[] = [];
  private pendingBytes = 0;
  private storedBytes = 0;
  private worker: { id: number; thread: HashThread } | undefined;
  private storing: Promise<void> = Promise.resolve();
  private readonly inFlight: Promise<void>[] = [];

  constructor(
    private readonly pool: HashPool,
    private readonly algorithms: readonly DigestAlgorithm[],
    private readonly store: StoreBatch,
    private readonly storeWhole: StoreWhole = () => undefined,
  ) {}

  /**
   * Takes the next bytes (kept by reference until stored, so do not change them). Await it before the next call: it
   * holds the sender back while two batches are under way.
   */
  async write(piece: Uint8Array): Promise<void> {
    this.bytes += piece.length;
    const { batchBytes } = this.pool.options;
    for (let start = 0; start < piece.length;) {
      const part = piece.subarray(start, start + batchBytes - this.pendingBytes);
      start += part.length;
      this.pieces.push(part);
      this.pendingBytes += part.length;
      if (this.pendingBytes >= batchBytes || this.pieces.length >= piecesMax) await this.dispatch();
    }
  }

  /** Everything is hashed and stored when it resolves, to the digests of the whole. */
  async finish(): Promise<Digests> {
    if (!this.worker && this.pendingBytes <= this.pool.options.inlineBytesMax) return this.finishSmall();
    if (this.pendingBytes > 0) await this.dispatch();
    await Promise.all(this.inFlight);
    const { thread, id } = this.seat();
    return thread.digest(id);
  }

  /** Gives up: waits for what is under way, so that `store` is not running any more, and forgets the rest. Never rejects. */
  async abandon(): Promise<void> {
    this.pieces = [];
    await Promise.allSettled(this.inFlight);
    this.worker?.thread.drop(this.worker.id);
  }

  private finishSmall(): Promise<Digests> {
    return (this.pieces.length > 0 ? this.storeWhole(this.pieces) : undefined) ?? this.finishInline();
  }

  private async finishInline(): Promise<Digests> {
    const hasher = new MultiHasher(this.algorithms);
    for (const piece of this.pieces) hasher.update(piece);
    const stored = this.storeAll(this.pieces.length <= fewPieces ? this.pieces : [Buffer.concat(this.pieces)]);
    const [digests] = await Promise.all([hasher.digest(), stored]);
    return digests;
  }

  private async storeAll(pieces: readonly Uint8Array[]): Promise<void> {
    let offset = 0;
    for (const piece of pieces) {
      await this.store(asBuffer(piece), offset);
      offset += piece.length;
    }
  }

  private async dispatch(): Promise<void> {
    while (this.inFlight.length >= batchesInFlightMax) {
      await this.inFlight[0];
      void this.inFlight.shift();
    }
    const slab = await this.pool.slabs.acquire();
    const batch = Buffer.from(slab, 0, this.pendingBytes);
    let length = 0;
    for (const piece of this.pieces) {
      batch.set(piece, length);
      length += piece.length;
    }
    this.pieces = [];
    this.pendingBytes = 0;
    const work = this.process(slab, batch);
    // Judged by the next write or by finish; until then it must not count as unhandled.
    work.catch(() => undefined);
    this.inFlight.push(work);
  }

  private seat(): { id: number; thread: HashThread } {
    this.worker ??= this.pool.assign(this.algorithms);
    return this.worker;
  }

  private async process(slab: SharedArrayBuffer, batch: Buffer): Promise<void> {
    const { thread, id } = this.seat();
    const offset = this.storedBytes;
    this.storedBytes += batch.length;
    this.storing = this.storing.then(() => this.store(batch, offset));
    const results = await Promise.allSettled([this.storing, thread.update(id, slab, batch.length)]);
    this.pool.slabs.release(slab);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
