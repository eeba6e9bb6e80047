import { stateLimits } from './limits.js';
import type { WindowAnswer } from './sliding-window.js';

/** What a call asks for; `cost` 0 asks without counting. */
export interface WindowRule {
  readonly limit: number;
  readonly windowMs: number;
  readonly cost: number;
}

/** Facts of an exact window after a call, as every driver reports them. */
export interface ExactFacts {
  readonly allowed: boolean;
  readonly nowMs: number;
  readonly count: number;
  /** Instant of the oldest counted hit; ignored when there is none. */
  readonly oldestMs: number;
  /** When refused: instant of the hit that must leave before this one fits. */
  readonly blockingMs: number;
}

/** Two counters of aligned windows; `slot` is floor(time / windowMs) of the current one. */
export interface WindowCounters {
  readonly slot: number;
  readonly previous: number;
  readonly current: number;
}

export interface CounterFacts extends WindowCounters {
  readonly allowed: boolean;
  readonly nowMs: number;
}

/** Whether the limit is counted exactly or with two counters. */
export function isExact(limit: number): boolean {
  return limit <= stateLimits.exactLimitMax;
}

export function answerFromExact(facts: ExactFacts, rule: WindowRule): WindowAnswer {
  return {
    allowed: facts.allowed,
    count: facts.count,
    limit: rule.limit,
    windowMs: rule.windowMs,
    remaining: Math.max(0, rule.limit - facts.count),
    cost: rule.cost,
    nowMs: facts.nowMs,
    resetAtMs: facts.count === 0 ? facts.nowMs : facts.oldestMs + rule.windowMs,
    retryAfterMs: facts.allowed ? 0 : facts.blockingMs + rule.windowMs - facts.nowMs,
  };
}

export function answerFromCounters(facts: CounterFacts, rule: WindowRule): WindowAnswer {
  const count = countedByCounters(facts, facts.nowMs, rule.windowMs);
  const untilAtMost = (countMax: number): number => instantAtMost(facts, countMax, rule.windowMs);
  return {
    allowed: facts.allowed,
    count,
    limit: rule.limit,
    windowMs: rule.windowMs,
    remaining: Math.max(0, rule.limit - count),
    cost: rule.cost,
    nowMs: facts.nowMs,
    resetAtMs: count === 0 ? facts.nowMs : untilAtMost(count - 1),
    retryAfterMs: facts.allowed ? 0 : untilAtMost(rule.limit - Math.max(rule.cost, 1)) - facts.nowMs,
  };
}

/** The estimate at `nowMs`, which lies in the current slot. */
export function countedByCounters(counters: WindowCounters, nowMs: number, windowMs: number): number {
  const insideMs = windowMs - (nowMs - counters.slot * windowMs);
  return Math.ceil((counters.previous * insideMs) / windowMs) + counters.current;
}

/** First instant from the current slot's begin at which the estimate, without new hits, is at most `countMax`. */
function instantAtMost(counters: WindowCounters, countMax: number, windowMs: number): number {
  const { slot, previous, current } = counters;
  const room = countMax - current;
  // Until its end the current slot counts in full, and the previous one fades in proportion to the time passed.
  if (room >= 0) return slot * windowMs + fadedTo(room, previous, windowMs);
  return (slot + 1) * windowMs + fadedTo(countMax, current, windowMs);
}

/** How far into the next window `hits` of an aligned one have faded to at most `countMax`. */
function fadedTo(countMax: number, hits: number, windowMs: number): number {
  return hits <= countMax ? 0 : windowMs - Math.floor((countMax * windowMs) / hits);
}
