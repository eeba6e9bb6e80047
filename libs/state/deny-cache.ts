import type { Clock } from '../clock/index.js';
import { SlidingWindow, type WindowAnswer } from './sliding-window.js';

interface Denial {
  readonly answer: WindowAnswer;
  /** On the process's monotonic clock. */
  readonly askedAtMs: number;
}

/** Denials remembered at most; the oldest goes first, which costs a question to the store, not correctness. */
const denialsMax = 10_000;

/**
 * Answers a key that is already over its limit without asking the store, until the hit that blocks it leaves the window.
 * The window cannot let anyone in before that, so within one process the answers are the store's. Only what makes room early
 * elsewhere (`refund` or `reset` in another process) is noticed no sooner than that instant.
 */
export class DenyCache extends SlidingWindow {
  private readonly denials = new Map<string, Denial>();

  constructor(
    private readonly window: SlidingWindow,
    private readonly clock: Pick<Clock, 'monotonicMs'>,
  ) {
    super();
  }

  override hit(key: string, limit: number, windowMs: number, cost = 1): Promise<WindowAnswer> {
    const denied = this.denied(key, limit, windowMs, cost);
    return denied ? Promise.resolve(denied) : this.ask(key, limit, windowMs, cost);
  }

  override peek(key: string, limit: number, windowMs: number): Promise<WindowAnswer> {
    return this.window.peek(key, limit, windowMs);
  }

  override refund(key: string, hit: WindowAnswer): Promise<void> {
    this.denials.delete(key);
    return this.window.refund(key, hit);
  }

  override reset(key: string): Promise<void> {
    this.denials.delete(key);
    return this.window.reset(key);
  }

  /** The remembered answer as the store would give it now, or undefined when the store has to be asked. */
  private denied(key: string, limit: number, windowMs: number, cost: number): WindowAnswer | undefined {
    const denial = this.denials.get(key);
    if (!denial) return undefined;
    const { answer } = denial;
    const passedMs = Math.floor(this.clock.monotonicMs() - denial.askedAtMs);
    if (passedMs >= answer.retryAfterMs) {
      this.denials.delete(key);
      return undefined;
    }
    // Another rule on the same key, or a smaller cost that may fit, is not what was denied.
    if (answer.limit !== limit || answer.windowMs !== windowMs || cost < answer.cost) return undefined;
    return { ...answer, cost, nowMs: answer.nowMs + passedMs, retryAfterMs: answer.retryAfterMs - passedMs };
  }

  private async ask(key: string, limit: number, windowMs: number, cost: number): Promise<WindowAnswer> {
    // Counted from before the question: remembered a little too short rather than too long.
    const askedAtMs = this.clock.monotonicMs();
    const answer = await this.window.hit(key, limit, windowMs, cost);
    if (!answer.allowed) this.remember(key, { answer, askedAtMs });
    return answer;
  }

  private remember(key: string, denial: Denial): void {
    this.denials.delete(key);
    if (this.denials.size >= denialsMax) {
      const oldest = this.denials.keys().next();
      if (!oldest.done) this.denials.delete(oldest.value);
    }
    this.denials.set(key, denial);
  }
}
