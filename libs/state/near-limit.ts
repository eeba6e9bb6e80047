import type { Clock } from '../clock/index.js';
import { SlidingWindow, type WindowAnswer } from './sliding-window.js';
import type { StateStore } from './state-store.js';

/** A key and what the store says about it at this moment. */
export interface KeyUsage {
  readonly key: string;
  readonly usage: WindowAnswer;
}

interface Candidate {
  readonly limit: number;
  readonly windowMs: number;
  /** Share of the limit that was used when the key was last seen. */
  readonly share: number;
  /** On the store's clock. */
  readonly untilMs: number;
}

type Published = readonly [key: string, candidate: Candidate];

/** Keys below this share are not remembered: the hit of an ordinary caller costs one comparison. */
const shareMin = 0.5;
const candidatesMax = 1_000;
const publishedMax = 50;
const publishEveryMs = 5_000;
const publishedForMs = 300_000;
const topMax = 100;
const hashKey = 'near-limit';

/**
 * Remembers which keys come near their limit, so that they can be listed without looking through the store. Every process
 * remembers at most 1,000 of the keys it served, and shares its 50 nearest with the others in one hash, at most every 5 s.
 */
export class NearLimit extends SlidingWindow {
  // In the order in which they were last seen.
  private readonly candidates = new Map<string, Candidate>();
  private publishedAtMs = -publishEveryMs;

  constructor(
    private readonly window: SlidingWindow,
    private readonly store: StateStore,
    private readonly clock: Pick<Clock, 'monotonicMs'>,
    private readonly processId: string,
  ) {
    super();
  }

  override async hit(key: string, limit: number, windowMs: number, cost = 1): Promise<WindowAnswer> {
    const answer = await this.window.hit(key, limit, windowMs, cost);
    if (answer.count >= limit * shareMin) this.remember(key, answer);
    return answer;
  }

  override peek(key: string, limit: number, windowMs: number): Promise<WindowAnswer> {
    return this.window.peek(key, limit, windowMs);
  }

  override refund(key: string, hit: WindowAnswer): Promise<void> {
    return this.window.refund(key, hit);
  }

  override reset(key: string): Promise<void> {
    this.candidates.delete(key);
    return this.window.reset(key);
  }

  /**
   * The keys starting with `prefix` that are nearest their limit, in all processes, nearest first, as the store counts them now;
   * at most `count` (up to 100). Keys of another process appear within seconds; keys below half of their limit may be missing.
   */
  async top(prefix: string, count: number): Promise<KeyUsage[]> {
    const published = await this.published();
    const nearest = nearestOf([...published, ...this.candidates], prefix).slice(0, Math.min(count, topMax));
    const usages = await Promise.all(
      nearest.map(async ([key, { limit, windowMs }]) => ({ key, usage: await this.window.peek(key, limit, windowMs) })),
    );
    return usages.filter(({ usage }) => usage.count > 0).sort((a, b) => shareOf(b.usage) - shareOf(a.usage));
  }

  private async published(): Promise<Published[]> {
    const [nowMs, shared] = await Promise.all([this.store.nowMs(), this.store.fields(hashKey)]);
    const alive: Published[] = [];
    for (const [processId, value] of shared) {
      const candidates = (JSON.parse(value) as Published[]).filter(([, { untilMs }]) => untilMs > nowMs);
      alive.push(...candidates);
      // What a process that has ended left behind would otherwise stay as long as others publish.
      if (candidates.length === 0) await this.store.deleteField(hashKey, processId);
    }
    return alive;
  }

  private remember(key: string, answer: WindowAnswer): void {
    const { limit, windowMs } = answer;
    this.candidates.delete(key);
    if (this.candidates.size >= candidatesMax) {
      const oldest = this.candidates.keys().next();
      if (!oldest.done) this.candidates.delete(oldest.value);
    }
    this.candidates.set(key, { limit, windowMs, share: shareOf(answer), untilMs: answer.nowMs + windowMs });
    const nowMs = this.clock.monotonicMs();
    if (nowMs - this.publishedAtMs < publishEveryMs) return;
    this.publishedAtMs = nowMs;
    // Nobody waits for the list; when the store is lost the next hit's caller learns of it.
    this.publish(answer.nowMs).catch(() => undefined);
  }

  private async publish(storeNowMs: number): Promise<void> {
    for (const [key, { untilMs }] of this.candidates) if (untilMs <= storeNowMs) this.candidates.delete(key);
    const nearest = nearestOf([...this.candidates], '').slice(0, publishedMax);
    const fields = new Map([[this.processId, JSON.stringify(nearest)]]);
    await this.store.setFields(hashKey, fields, storeNowMs + publishedForMs);
  }
}

function shareOf({ count, limit }: WindowAnswer): number {
  return count / limit;
}

/** One candidate per key, its latest, nearest first. */
function nearestOf(candidates: readonly Published[], prefix: string): Published[] {
  const latest = new Map<string, Candidate>();
  for (const [key, candidate] of candidates) {
    const known = latest.get(key);
    if (key.startsWith(prefix) && (!known || known.untilMs <= candidate.untilMs)) latest.set(key, candidate);
  }
  return [...latest].sort(([, a], [, b]) => b.share - a.share);
}
