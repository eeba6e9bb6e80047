import {
  answerFromCounters,
  answerFromExact,
  countedByCounters,
  isExact,
  type WindowCounters,
  type WindowRule,
} from './window-rule.js';
import type { WindowAnswer } from './sliding-window.js';

/** What is kept per key: the instants of the counted hits in order, or two counters. */
export type WindowState = readonly number[] | WindowCounters;

export interface WindowStep {
  readonly answer: WindowAnswer;
  /** The state to keep, or undefined when the kept one still serves (nothing was counted). */
  readonly next: WindowState | undefined;
}

/**
 * The sliding window as a pure function: the reference that memory and SQLite run and that the Lua script and the SQL
 * routines of the other stores are tested against.
 */
export function stepWindow(state: WindowState | undefined, rule: WindowRule, storeNowMs: number): WindowStep {
  return isExact(rule.limit)
    ? stepExact(Array.isArray(state) ? (state as readonly number[]) : [], rule, storeNowMs)
    : stepCounters(
        state === undefined || Array.isArray(state) ? undefined : (state as WindowCounters),
        rule,
        storeNowMs,
      );
}

function stepExact(hits: readonly number[], rule: WindowRule, storeNowMs: number): WindowStep {
  const { limit, windowMs, cost } = rule;
  let nowMs = storeNowMs;
  let kept = hits;
  const newestMs = hits.at(-1);
  if (newestMs !== undefined && newestMs > storeNowMs) {
    // The store's clock was set back: the key's time stands still, but never for longer than a window.
    if (newestMs > storeNowMs + windowMs) kept = [];
    else nowMs = newestMs;
  }
  kept = counted(kept, nowMs - windowMs);
  const allowed = kept.length + Math.max(cost, 1) <= limit;
  const next = allowed && cost > 0 ? [...kept, ...Array<number>(cost).fill(nowMs)] : undefined;
  const after = next ?? kept;
  const facts = {
    allowed,
    nowMs,
    count: after.length,
    oldestMs: after[0] ?? nowMs,
    blockingMs: after[after.length + Math.max(cost, 1) - limit - 1] ?? nowMs,
  };
  return { answer: answerFromExact(facts, rule), next };
}

/** The hits after `cutoffMs`; they are in order, and mostly none has left. */
function counted(hits: readonly number[], cutoffMs: number): readonly number[] {
  const first = hits[0];
  if (first === undefined || first > cutoffMs) return hits;
  let low = 1;
  let high = hits.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((hits[middle] ?? Infinity) > cutoffMs) high = middle;
    else low = middle + 1;
  }
  return hits.slice(low);
}

function stepCounters(counters: WindowCounters | undefined, rule: WindowRule, storeNowMs: number): WindowStep {
  const { limit, windowMs, cost } = rule;
  let slot = Math.floor(storeNowMs / windowMs);
  let nowMs = storeNowMs;
  if (counters?.slot === slot + 1) {
    slot = counters.slot;
    nowMs = slot * windowMs;
  }
  const moved = counters ? movedTo(counters, slot) : { slot, previous: 0, current: 0 };
  const allowed = countedByCounters(moved, nowMs, windowMs) + Math.max(cost, 1) <= limit;
  const next = allowed && cost > 0 ? { ...moved, current: moved.current + cost } : undefined;
  return { answer: answerFromCounters({ ...(next ?? moved), allowed, nowMs }, rule), next };
}

function movedTo(counters: WindowCounters, slot: number): WindowCounters {
  if (counters.slot === slot) return counters;
  return { slot, previous: counters.slot === slot - 1 ? counters.current : 0, current: 0 };
}

/** The state without what the allowed `hit` counted; undefined when there is nothing of it left to take back. */
export function withoutHit(state: WindowState | undefined, hit: WindowAnswer): WindowState | undefined {
  if (state === undefined || !hit.allowed || hit.cost === 0) return undefined;
  if (Array.isArray(state)) {
    const hits = state as readonly number[];
    const from = hits.indexOf(hit.nowMs);
    if (from < 0 || !isExact(hit.limit)) return undefined;
    const same = hits.lastIndexOf(hit.nowMs) - from + 1;
    return [...hits.slice(0, from), ...hits.slice(from + Math.min(same, hit.cost))];
  }
  const counters = state as WindowCounters;
  const slot = Math.floor(hit.nowMs / hit.windowMs);
  if (isExact(hit.limit)) return undefined;
  if (slot === counters.slot) return { ...counters, current: Math.max(0, counters.current - hit.cost) };
  if (slot === counters.slot - 1) return { ...counters, previous: Math.max(0, counters.previous - hit.cost) };
  return undefined;
}

/** When a state means nothing any more, whatever limit asks for it. */
export function forgottenAtMs(state: WindowState, windowMs: number): number {
  if (Array.isArray(state)) return ((state as readonly number[]).at(-1) ?? 0) + windowMs;
  return ((state as WindowCounters).slot + 2) * windowMs;
}
