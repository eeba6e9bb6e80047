import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from '#libs/clock';
import { DatabaseClosed } from './errors.js';

/** How long a caller waits outside, and how long those inside are waited for. */
const WAIT_MS = 30_000;

/** Lets everybody in, or one alone while the others wait outside. */
export class Gate {
  private readonly owner = new AsyncLocalStorage<true>();
  private inside = 0;
  private closed: Promise<void> | undefined;
  private onEmpty: () => void = () => undefined;

  constructor(private readonly clock: Clock) {}

  get isClosed(): boolean {
    return this.closed !== undefined;
  }

  /** @throws DatabaseClosed when it stays closed for too long; then `work` was not begun. */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.owner.getStore()) return work();
    while (this.closed) await this.inTime(this.closed);
    this.inside += 1;
    try {
      return await work();
    } finally {
      this.inside -= 1;
      if (this.inside === 0) this.onEmpty();
    }
  }

  /** @throws DatabaseClosed when it is closed already, or those inside do not leave in time; then `work` was not begun. */
  async whileClosed<T>(work: () => Promise<T>): Promise<T> {
    if (this.closed) throw new DatabaseClosed();
    let open: () => void = () => undefined;
    this.closed = new Promise((resolve) => (open = resolve));
    try {
      if (this.inside > 0) await this.inTime(new Promise((resolve) => (this.onEmpty = resolve)));
      return await this.owner.run(true, work);
    } finally {
      this.closed = undefined;
      this.onEmpty = () => undefined;
      open();
    }
  }

  private async inTime(event: Promise<void>): Promise<void> {
    const happened = new AbortController();
    const isLate = this.clock.sleep(WAIT_MS, happened.signal).then(() => !happened.signal.aborted);
    const isOver = await Promise.race([event.then(() => false), isLate]);
    happened.abort();
    if (isOver) throw new DatabaseClosed();
  }
}
