import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';

/** Uploads up to this size become durable so soon that a commit waits for them. */
const SOON_BYTES_MAX = 1024 * 1024;

/** Uploads whose bytes have all arrived and are becoming durable: each of them is about to be published. */
@Injectable()
export class Sealing {
  private soon = 0;
  private wake: (() => void) | undefined;

  constructor(private readonly clock: Clock) {}

  async run<T>(bytes: number, seal: () => Promise<T>): Promise<T> {
    if (bytes > SOON_BYTES_MAX) return seal();
    this.soon += 1;
    try {
      return await seal();
    } finally {
      this.soon -= 1;
      // Those who asked for it have yet to announce what they publish.
      if (this.soon === 0) setImmediate(() => this.wake?.());
    }
  }

  /** Resolves when no small upload is being sealed, or after `waitMs`; later than what has become durable together is announced. */
  async rest(waitMs: number): Promise<void> {
    if (this.soon === 0) return new Promise((resolve) => setImmediate(resolve));
    await new Promise<void>((resolve) => {
      const late = this.clock.after(waitMs, () => this.wake?.());
      this.wake = () => {
        this.wake = undefined;
        late.stop();
        resolve();
      };
    });
  }
}
