import { Injectable } from '@nestjs/common';

/** What this process has done under one rule since it started. */
export interface RuleTotals {
  readonly allowed: number;
  readonly refused: number;
  /** Would have been refused, had the rule not been in shadow. */
  readonly shadowed: number;
}

/** Counts verdicts per rule; never down. */
@Injectable()
export class RateLimitTotals {
  private readonly totals = new Map<string, { allowed: number; refused: number; shadowed: number }>();
  private listener: () => void = () => undefined;

  /** Calls `listener` for every request over its limit. */
  onViolation(listener: () => void): void {
    this.listener = listener;
  }

  count(rule: string, verdict: keyof RuleTotals): void {
    const totals = this.totals.get(rule) ?? { allowed: 0, refused: 0, shadowed: 0 };
    totals[verdict] += 1;
    this.totals.set(rule, totals);
    if (verdict !== 'allowed') this.listener();
  }

  of(rule: string): RuleTotals {
    return { allowed: 0, refused: 0, shadowed: 0, ...this.totals.get(rule) };
  }

  /** Violations of all rules together, those in shadow included. */
  get violations(): number {
    return [...this.totals.values()].reduce((sum, { refused, shadowed }) => sum + refused + shadowed, 0);
  }
}
