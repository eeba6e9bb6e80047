import type { Clock } from './clock.js';

export interface SharedAnswersLimits {
  /** How old an answer may be that is given again, in milliseconds. */
  readonly keptMs: number;
  /** How many different questions are passed on within that time. */
  readonly questionsMax: number;
}

interface Kept<Answer> {
  readonly askedAtMs: number;
  readonly answer: Promise<Answer>;
}

/** Lets equal questions of one moment share an answer, so that however many ask, few reach whoever has to answer. */
export class SharedAnswers<Answer> {
  // In the order in which they were asked.
  private readonly kept = new Map<string, Kept<Answer>>();

  constructor(
    private readonly clock: Pick<Clock, 'monotonicMs'>,
    private readonly limits: SharedAnswersLimits,
  ) {}

  /**
   * The answer to `key`, from `question` at most once per `keptMs`, failures included. Undefined when as many other
   * questions as there may be have been asked within that time.
   */
  ask(key: string, question: () => Promise<Answer>): Promise<Answer> | undefined {
    const nowMs = this.clock.monotonicMs();
    this.forgetBefore(nowMs - this.limits.keptMs);
    const known = this.kept.get(key);
    if (known) return known.answer;
    if (this.kept.size >= this.limits.questionsMax) return undefined;
    const answer = question();
    this.kept.set(key, { askedAtMs: nowMs, answer });
    return answer;
  }

  private forgetBefore(timeMs: number): void {
    for (const [key, { askedAtMs }] of this.kept) {
      if (askedAtMs > timeMs) return;
      this.kept.delete(key);
    }
  }
}
