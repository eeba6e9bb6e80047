import { SystemClock, type Stoppable } from '#libs/clock';

/** Real time in which timers come `factor` times as soon: for tests that wait for a real process to heed a timer. */
export class HastenedClock extends SystemClock {
  constructor(private readonly factor: number) {
    super();
  }

  override after(durationMs: number, work: () => void): Stoppable {
    return super.after(durationMs / this.factor, work);
  }
}
