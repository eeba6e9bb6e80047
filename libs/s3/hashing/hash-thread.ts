import type { Worker } from 'node:worker_threads';
import { startHashWorker } from './hash-worker.js';
import type { DigestAlgorithm, Digests } from './hashers.js';

interface Reply {
  readonly id: number;
  readonly digests?: Readonly<Partial<Record<DigestAlgorithm, Uint8Array>>>;
}

interface Pending {
  resolve(reply: Reply): void;
  reject(error: Error): void;
}

/** One worker thread. Started by its first order, started anew after a crash, and no reason for the process to stay alive when idle. */
export class HashThread {
  private worker: Worker | undefined;
  private readonly pending = new Map<number, Pending[]>();
  private unanswered = 0;
  /** Uploads that live in this thread; the pool gives a new one to the thread with the fewest. */
  uploads = 0;

  start(id: number, algorithms: readonly DigestAlgorithm[]): void {
    this.uploads += 1;
    this.pending.set(id, []);
    this.running().postMessage({ kind: 'start', id, algorithms });
  }

  /** Resolves once the first `length` bytes of the slab have been hashed. */
  async update(id: number, slab: SharedArrayBuffer, length: number): Promise<void> {
    await this.ask(id, { kind: 'update', id, slab, length });
  }

  async digest(id: number): Promise<Digests> {
    const { digests = {} } = await this.ask(id, { kind: 'digest', id });
    this.leave(id);
    return Object.fromEntries(Object.entries(digests).map(([name, bytes]) => [name, Buffer.from(bytes)]));
  }

  /** Forgets an upload that will not be finished; harmless after the upload has ended. */
  drop(id: number): void {
    if (!this.pending.has(id)) return;
    this.worker?.postMessage({ kind: 'drop', id });
    this.leave(id);
  }

  async close(): Promise<void> {
    const worker = this.worker;
    this.fail(worker, new Error('The hash thread was closed.'));
    await worker?.terminate();
  }

  private ask(id: number, order: object): Promise<Reply> {
    const queue = this.pending.get(id);
    if (!queue || !this.worker) return Promise.reject(new Error('The hash thread has lost this upload.'));
    const { worker } = this;
    return new Promise((resolve, reject) => {
      queue.push({ resolve, reject });
      this.unanswered += 1;
      worker.ref();
      worker.postMessage(order);
    });
  }

  private running(): Worker {
    if (this.worker) return this.worker;
    const worker = startHashWorker();
    worker.unref();
    worker.on('message', (reply: Reply) => {
      const queue = this.pending.get(reply.id);
      queue?.shift()?.resolve(reply);
      this.unanswered -= 1;
      if (this.unanswered === 0) worker.unref();
    });
    worker.on('error', (error) => {
      this.fail(worker, error instanceof Error ? error : new Error(String(error)));
    });
    this.worker = worker;
    return worker;
  }

  private fail(worker: Worker | undefined, error: Error): void {
    if (worker !== this.worker) return;
    this.worker = undefined;
    const lost = [...this.pending.values()].flat();
    this.pending.clear();
    this.unanswered = 0;
    this.uploads = 0;
    for (const one of lost) one.reject(error);
  }

  private leave(id: number): void {
    if (this.pending.delete(id)) this.uploads -= 1;
  }
}
