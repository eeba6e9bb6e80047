import { availableParallelism } from 'node:os';
import { HashThread, type MadeFile, type NewFile } from './hash-thread.js';
import { MultiHasher, type DigestAlgorithm, type Digests } from './hashers.js';
import { Slabs } from './slabs.js';

export interface HashPoolOptions {
  /** Worker threads; half the cores unless told otherwise. */
  readonly threads: number;
  /** Bytes per batch handed to a thread and to the store. */
  readonly batchBytes: number;
  /** Bound on shared memory: this many batches over all uploads together. */
  readonly batchesMax: number;
  /** Up to this size an upload is hashed on the calling thread, where that takes less than waking a worker. */
  readonly inlineBytesMax: number;
}

const defaults: HashPoolOptions = {
  threads: Math.max(1, Math.floor(availableParallelism() / 2)),
  batchBytes: 256 * 1024,
  batchesMax: 64,
  inlineBytesMax: 128 * 1024,
};

/** Where uploads are hashed off the event loop. One per process; `close` it on shutdown. */
export class HashPool {
  readonly options: HashPoolOptions;
  readonly slabs: Slabs;
  private readonly threads: HashThread[];
  private lastId = 0;

  constructor(options: Partial<HashPoolOptions> = {}) {
    this.options = { ...defaults, ...options };
    this.slabs = new Slabs(this.options.batchBytes, this.options.batchesMax);
    this.threads = Array.from({ length: this.options.threads }, () => new HashThread());
  }

  /** A new id and the thread that will hash it. */
  assign(algorithms: readonly DigestAlgorithm[]): { id: number; thread: HashThread } {
    const seat = this.seat();
    seat.thread.start(seat.id, algorithms);
    return seat;
  }

  /** `HashThread.makeFile`, by the thread that has the least to do. */
  makeFile(wanted: NewFile): Promise<MadeFile> {
    const { id, thread } = this.seat();
    return thread.makeFile(id, wanted);
  }

  /** Digests of bytes that are small or already in memory, on the calling thread. */
  static digestInline(algorithms: readonly DigestAlgorithm[], pieces: readonly Uint8Array[]): Promise<Digests> {
    const hasher = new MultiHasher(algorithms);
    for (const piece of pieces) hasher.update(piece);
    return hasher.digest();
  }

  private seat(): { id: number; thread: HashThread } {
    this.lastId += 1;
    return { id: this.lastId, thread: this.threads.reduce((best, one) => (one.uploads < best.uploads ? one : best)) };
  }

  /** Ends the threads; uploads still under way fail. */
  async close(): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.close()));
  }
}
