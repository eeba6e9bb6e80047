import type { Worker } from 'node:worker_threads';
import { startHashWorker } from './hash-worker.js';
import type { DigestAlgorithm, Digests } from './hashers.js';

interface Reply {
  readonly id: number;
  readonly digests?: Readonly<Partial<Record<DigestAlgorithm, Uint8Array>>>;
  readonly made?: readonly Made[];
}

type Made = FileIdentity & {
  readonly digests: Reply['digests'];
  /** Of the file system; there is no file then. */
  readonly fault?: Pick<NodeJS.ErrnoException, 'message' | 'code' | 'syscall'>;
};

/** A small file that is to be made. There must be nothing at its path. */
export interface NewFile {
  readonly path: string;
  /** As open(2) takes them. */
  readonly flags: number;
  readonly mode: number;
  /** The bytes, whose memory is no longer the caller's then. */
  readonly pieces: readonly Uint8Array[];
  readonly algorithms: readonly DigestAlgorithm[];
}

/** By what the file system knows a file. */
export interface FileIdentity {
  readonly ino: bigint;
  readonly mtimeNs: bigint;
}

/** A file that was made and is durable, its name included. */
export interface MadeFile {
  readonly identity: FileIdentity;
  readonly digests: Digests;
}

interface Ordered {
  readonly wanted: NewFile;
  readonly resolve: (made: MadeFile) => void;
  readonly reject: (error: unknown) => void;
}

interface Pending {
  resolve(reply: Reply): void;
  reject(error: Error): void;
}

/** One worker thread. Started by its first order, started anew after a crash, and no reason for the process to stay alive when idle. */
export class HashThread {
  private worker: Worker | undefined;
  private readonly pending = new Map<number, Pending[]>();
  private readonly ordered: Ordered[] = [];
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
    const { digests } = await this.ask(id, { kind: 'digest', id });
    this.leave(id);
    return asBuffers(digests);
  }

  /**
   * Makes a file, hashes it and makes it durable. Waking a thread takes long, so files that are asked for at the same moment are
   * ordered, and told as made, together.
   * @throws NodeJS.ErrnoException of the file system; then there is no file.
   */
  makeFile(id: number, wanted: NewFile): Promise<MadeFile> {
    return new Promise((resolve, reject) => {
      if (this.ordered.length === 0) setImmediate(() => void this.makeFiles(id));
      this.ordered.push({ wanted, resolve, reject });
      this.uploads += 1;
    });
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

  private async makeFiles(id: number): Promise<void> {
    const ordered = this.ordered.splice(0);
    const files = ordered.map(({ wanted }) => ({ ...wanted, pieces: wanted.pieces.map(ownMemory) }));
    const given = files.flatMap(({ pieces }) => pieces.map(({ buffer }) => buffer));
    try {
      this.running();
      this.pending.set(id, []);
      const { made = [] } = await this.ask(id, { kind: 'files', id, files }, given);
      ordered.forEach(({ resolve, reject }, position) => {
        const { digests, fault, ...identity } = made[position] as Made;
        if (fault) reject(Object.assign(new Error(fault.message), fault));
        else resolve({ identity, digests: asBuffers(digests) });
      });
    } catch (error) {
      for (const { reject } of ordered) reject(error);
    }
    // After a crash the count begins anew.
    if (this.pending.delete(id)) this.uploads -= ordered.length;
  }

  private ask(id: number, order: object, given: readonly ArrayBuffer[] = []): Promise<Reply> {
    const queue = this.pending.get(id);
    if (!queue || !this.worker) return Promise.reject(new Error('The hash thread has lost this upload.'));
    const { worker } = this;
    return new Promise((resolve, reject) => {
      worker.postMessage(order, given);
      queue.push({ resolve, reject });
      this.unanswered += 1;
      worker.ref();
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

function asBuffers(digests: Reply['digests'] = {}): Digests {
  return Object.fromEntries(Object.entries(digests).map(([name, bytes]) => [name, Buffer.from(bytes)]));
}

/** What shares its memory with others cannot be given away. */
function ownMemory(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const isAlone = bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength;
  return isAlone ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
}
