import { writeSync } from 'node:fs';
import type { Report } from './sinks.js';

const stallWaitMs = 20;
const stallWaitsMax = 25;
const pause = new Int32Array(new SharedArrayBuffer(4));

/**
 * Writes whole lines to a descriptor and survives what can happen to it. A full pipe is waited for, half a second at
 * most and once per stall; a full disk or a reader that has gone costs lines but never the caller. The number of lines
 * lost is written as soon as writing works again.
 */
export class DescriptorWriter {
  private lostLines = 0;
  private torn = false;

  constructor(
    private current: number,
    private readonly report: Report,
  ) {}

  get descriptor(): number {
    return this.current;
  }

  /** Writes to another descriptor from now on; answers the old one, which is the caller's to close. */
  moveTo(descriptor: number): number {
    const previous = this.current;
    this.current = descriptor;
    this.torn = false;
    return previous;
  }

  /** Nearly every line goes this way, which needs no buffer; what is left of it, or goes wrong, is for who waits. */
  private attemptAtOnce(text: string): number {
    try {
      const sentBytes = writeSync(this.current, text);
      this.torn = sentBytes > 0 && sentBytes < Buffer.byteLength(text);
      return sentBytes;
    } catch {
      return 0;
    }
  }

  write(line: string): void {
    if (this.lostLines === 0) return this.attempt(line);
    const lost = this.lostLines;
    const before = this.report('Log lines were lost: their destination did not take them', { lines: lost });
    this.lostLines = 0;
    this.attempt(before + line, lost + 1);
  }

  private attempt(text: string, linesAtStake = 1): void {
    const whole = this.torn ? `\n${text}` : text;
    const sentBytes = this.attemptAtOnce(whole);
    if (sentBytes === Buffer.byteLength(whole)) return;
    let rest = Buffer.from(whole).subarray(sentBytes);
    // A reader that was stalled a line ago is not waited for again: a slow reader must not stop the server.
    let waitsLeft = linesAtStake === 1 ? stallWaitsMax : 0;
    while (rest.length > 0) {
      try {
        const written = writeSync(this.current, rest);
        rest = rest.subarray(written);
        this.torn = rest.length > 0;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EAGAIN' && waitsLeft-- > 0) {
          Atomics.wait(pause, 0, 0, stallWaitMs);
        } else {
          this.lostLines += linesAtStake;
          return;
        }
      }
    }
  }
}
