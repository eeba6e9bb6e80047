import type { WindowRule } from './window-rule.js';

export interface Hit extends WindowRule {
  readonly key: string;
}

/** allowed (1 or 0), instant, count, instant of the oldest hit, instant of the hit that blocks. */
export type HitFacts = readonly [allowed: number, nowMs: number, count: number, oldestMs: number, blockingMs: number];

/**
 * Sends the hits made in one turn of the event loop together: a busy server then pays a round trip for many callers, and a
 * quiet one waits no longer than it takes to read what has arrived. `send` answers in the order of its hits.
 */
export class HitBatcher {
  private waiting: { hit: Hit; resolve: (facts: HitFacts) => void; reject: (error: unknown) => void }[] = [];

  constructor(
    private readonly send: (hits: readonly Hit[]) => Promise<readonly HitFacts[]>,
    private readonly hitsMax: () => number,
  ) {}

  hit(hit: Hit): Promise<HitFacts> {
    return new Promise((resolve, reject) => {
      if (this.waiting.length === 0) setImmediate(() => this.flush());
      this.waiting.push({ hit, resolve, reject });
    });
  }

  private flush(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (let from = 0; from < waiting.length; from += this.hitsMax()) {
      const batch = waiting.slice(from, from + this.hitsMax());
      this.send(batch.map(({ hit }) => hit)).then(
        (facts) => {
          for (const [index, { resolve, reject }] of batch.entries()) {
            const own = facts[index];
            if (own) resolve(own);
            else reject(new Error('the store answered fewer hits than it was asked'));
          }
        },
        (error: unknown) => {
          for (const { reject } of batch) reject(error);
        },
      );
    }
  }
}
