import { SystemClock, type Stoppable } from '#libs/clock';

/** Real time in which timers come `factor` times as soon: for tests of real processes and servers that heed a timer. */
export class HastenedClock extends SystemClock {
  constructor(private readonly factor: number) {
    super();
  }

  override sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    return super.sleep(durationMs / this.factor, signal);
  }

  override after(durationMs: number, work: () => void): Stoppable {
    return super.after(durationMs / this.factor, work);
  }
}
