/** Shared memory for batches on their way to a worker and to the store; bounded, handed out first come first served. */
export class Slabs {
  private readonly free: SharedArrayBuffer[] = [];
  private readonly waiting: ((slab: SharedArrayBuffer) => void)[] = [];
  private made = 0;

  constructor(
    readonly slabBytes: number,
    private readonly slabsMax: number,
  ) {}

  /** Resolves as soon as a slab is free; holders only hash and store, so one always comes back. */
  async acquire(): Promise<SharedArrayBuffer> {
    const slab = this.free.pop();
    if (slab) return slab;
    if (this.made < this.slabsMax) {
      this.made += 1;
      return new SharedArrayBuffer(this.slabBytes);
    }
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  release(slab: SharedArrayBuffer): void {
    const next = this.waiting.shift();
    if (next) next(slab);
    else this.free.push(slab);
  }
}
