import type { Clock } from '#libs/clock';
import { S3Error } from '#libs/s3';

/** Memory for parts on their way to a real bucket; bounded, handed out first come first served, and used again. */
export class PartBuffers {
  private readonly free: Buffer[] = [];
  private readonly waiting: ((buffer: Buffer) => void)[] = [];
  private made = 0;

  constructor(
    readonly bytes: number,
    private readonly limits: { readonly buffersMax: number; readonly waitMs: number },
    private readonly clock: Clock,
  ) {}

  /** A buffer if one is to be had at once. */
  tryTake(): Buffer | undefined {
    const buffer = this.free.pop();
    if (buffer || this.made >= this.limits.buffersMax) return buffer;
    this.made += 1;
    return Buffer.allocUnsafeSlow(this.bytes);
  }

  /** @throws S3Error SlowDown when others hold all of them for too long. */
  async take(): Promise<Buffer> {
    const buffer = this.tryTake();
    if (buffer) return buffer;
    return new Promise((resolve, reject) => {
      const take = (given: Buffer): void => {
        late.stop();
        resolve(given);
      };
      const late = this.clock.after(this.limits.waitMs, () => {
        this.waiting.splice(this.waiting.indexOf(take), 1);
        reject(new S3Error('SlowDown', 'Too many uploads are under way. Please reduce your request rate.'));
      });
      this.waiting.push(take);
    });
  }

  giveBack(buffer: Buffer): void {
    const next = this.waiting.shift();
    if (next) next(buffer);
    else this.free.push(buffer);
  }
}
