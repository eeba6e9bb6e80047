import { statfsSync } from 'node:fs';
import type { Clock } from '#libs/clock';

/** A call that takes longer was not answered from memory, or another thread had the processor … */
const PROMPT_MS_MAX = 4;
/** … which is forgiven up to so much, and makes good in so many times as long without. */
const WAITED_MS_MAX = 40;
const FORGIVING_RATIO = 20;
/** Then other threads do the waiting for this long. */
const WAIT_ELSEWHERE_MS = 10_000;

/** File systems of this machine (statfs(2)): ext, XFS, Btrfs, ZFS, F2FS, bcachefs, tmpfs, overlayfs. Any other may have a network behind it, and hang. */
const LOCAL_TYPES = new Set([
  0xef53, 0x58465342, 0x9123683e, 0x2fc12fc1, 0xf2f52010, 0xca451a4e, 0x01021994, 0x794c7630,
]);

/**
 * Small calls of a local file system, which mostly answers from memory: waking another thread for one takes several times
 * as long as the call. So they are made on this thread, until they have had to wait for a disk.
 */
export class PromptFiles {
  private slowUntilMs = -Infinity;
  private waitedMs = 0;
  private waitedAtMs = 0;
  private trials = 0;

  constructor(
    /** The file system is one of this machine. */
    readonly isLocal: boolean,
    private readonly clock: Clock,
  ) {}

  static in(folder: string, clock: Clock): PromptFiles {
    return new PromptFiles(LOCAL_TYPES.has(statfsSync(folder).type), clock);
  }

  /** The result of `here`, or that of `elsewhere` while the file system is slow. Both must do the same. */
  run<T>(here: () => T, elsewhere: () => Promise<T>): T | Promise<T> {
    const startedMs = this.clock.monotonicMs();
    if (!this.isLocal || this.trials > 0 || startedMs < this.slowUntilMs) return elsewhere();
    try {
      return here();
    } finally {
      const endedMs = this.clock.monotonicMs();
      if (endedMs - startedMs > PROMPT_MS_MAX) this.judge(startedMs, endedMs);
    }
  }

  /** Something that shows whether the file system answers at all. Until it has, other threads do the waiting. */
  async tryOut<T>(trial: () => Promise<T>): Promise<T> {
    this.trials += 1;
    try {
      return await trial();
    } finally {
      this.trials -= 1;
    }
  }

  private judge(startedMs: number, endedMs: number): void {
    const forgivenMs = (startedMs - this.waitedAtMs) / FORGIVING_RATIO;
    this.waitedMs = Math.max(0, this.waitedMs - forgivenMs) + endedMs - startedMs;
    this.waitedAtMs = endedMs;
    if (this.waitedMs <= WAITED_MS_MAX) return;
    this.slowUntilMs = endedMs + WAIT_ELSEWHERE_MS;
    this.waitedMs = 0;
  }
}
