import type { Clock } from '#libs/clock';
import { S3Error } from '#libs/s3';

interface Waiting {
  readonly owner: string;
  readonly take: (buffer: Buffer) => void;
}

export interface PartBuffersLimits {
  readonly buffersMax: number;
  /** Of one owner, so that the others have some whatever one of them does. */
  readonly ownerBuffersMax: number;
  readonly waitMs: number;
}

/**
 * Memory for parts on their way to a real bucket; bounded, in all and for each owner (a job), and used again. Handed out first
 * come first served among those who have not had their share.
 */
export class PartBuffers {
  private readonly free: Buffer[] = [];
  private readonly waiting: Waiting[] = [];
  private readonly owners = new Map<Buffer, string>();
  /** How many each owner holds; of none: absent. */
  private readonly held = new Map<string, number>();
  private made = 0;

  constructor(
    readonly bytes: number,
    private readonly limits: PartBuffersLimits,
    private readonly clock: Clock,
  ) {}

  /** A buffer if one is to be had at once. */
  tryTake(owner: string): Buffer | undefined {
    if (!this.hasShareLeft(owner)) return undefined;
    const buffer = this.free.pop() ?? this.make();
    if (buffer) this.lend(buffer, owner);
    return buffer;
  }

  /** @throws S3Error SlowDown when others, or the owner itself, hold all of them for too long. */
  async take(owner: string): Promise<Buffer> {
    const buffer = this.tryTake(owner);
    if (buffer) return buffer;
    return new Promise((resolve, reject) => {
      const take = (given: Buffer): void => {
        late.stop();
        resolve(given);
      };
      const waiting = { owner, take };
      const late = this.clock.after(this.limits.waitMs, () => {
        this.waiting.splice(this.waiting.indexOf(waiting), 1);
        reject(new S3Error('SlowDown', 'Too many uploads are under way. Please reduce your request rate.'));
      });
      this.waiting.push(waiting);
    });
  }

  giveBack(buffer: Buffer): void {
    const owner = this.owners.get(buffer) ?? '';
    this.owners.delete(buffer);
    const left = (this.held.get(owner) ?? 0) - 1;
    if (left > 0) this.held.set(owner, left);
    else this.held.delete(owner);
    this.free.push(buffer);
    this.serveNext();
  }

  /** One buffer has become free, and one owner may hold one more: that is one who waits, at the most. */
  private serveNext(): void {
    const position = this.waiting.findIndex(({ owner }) => this.hasShareLeft(owner));
    const next = this.waiting[position];
    const buffer = next && this.tryTake(next.owner);
    if (!next || !buffer) return;
    this.waiting.splice(position, 1);
    next.take(buffer);
  }

  private hasShareLeft(owner: string): boolean {
    return (this.held.get(owner) ?? 0) < this.limits.ownerBuffersMax;
  }

  private make(): Buffer | undefined {
    if (this.made >= this.limits.buffersMax) return undefined;
    this.made += 1;
    return Buffer.allocUnsafeSlow(this.bytes);
  }

  private lend(buffer: Buffer, owner: string): void {
    this.owners.set(buffer, owner);
    this.held.set(owner, (this.held.get(owner) ?? 0) + 1);
  }
}
