import type { Clock } from '#libs/clock';
import type { EntryDraft } from './audit-entry.js';

/** Equal events within this time become one row. */
const COALESCE_MS = 60_000;
/** How many different events are gathered at a time; beyond it events of one type are gathered together. */
const KEYS_MAX = 10_000;
/** How many rows may wait for the database; what comes then is counted, and told when there is room. */
const PENDING_ROWS_MAX = 10_000;
const BATCH_ROWS_MAX = 200;
/** A row written later than this after its event says when the event was. */
const LATE_MS = 5_000;

interface Gathered {
  readonly draft: EntryDraft;
  readonly sinceMs: number;
  readonly endsAtMs: number;
  count: number;
}

interface Pending {
  readonly draft: EntryDraft;
  readonly atMs: number;
}

/**
 * Gathers the noise of attacks: the first event of a kind is written at once, so that an operator sees an attack while it
 * goes on; equal ones of the minute that follows become one row with their number. Memory is bounded whatever comes.
 */
export class CoalescedEvents {
  // In the order of their ends, as all are gathered for the same time.
  private readonly gathered = new Map<string, Gathered>();
  private readonly pending: Pending[] = [];

  constructor(private readonly clock: Clock) {}

  /** True when there is something new to write at once. */
  add(draft: EntryDraft, key: string): boolean {
    const whole = `${draft.type}\n${key}`;
    if (this.gathered.has(whole) || this.gathered.size < KEYS_MAX) return this.gather(whole, draft);
    const many = { ...draft, actorId: 'many', userId: null, address: null, targetId: null, details: {} };
    return this.gather(draft.type, many);
  }

  /** Ends what was gathered long enough, or everything, and gives the next rows to write; `written` takes them away. */
  next(isLast = false): readonly EntryDraft[] {
    this.close(isLast ? Infinity : this.clock.monotonicMs());
    const nowMs = this.clock.now();
    return this.pending
      .slice(0, BATCH_ROWS_MAX)
      .map(({ draft, atMs }) =>
        nowMs - atMs < LATE_MS ? draft : withDetails(draft, { occurred_at: new Date(atMs).toISOString() }),
      );
  }

  /** Whether more rows are waiting. */
  written(count: number): boolean {
    this.pending.splice(0, count);
    return this.pending.length > 0;
  }

  private gather(key: string, draft: EntryDraft): boolean {
    const known = this.gathered.get(key);
    if (known) {
      known.count += 1;
      return false;
    }
    const endsAtMs = this.clock.monotonicMs() + COALESCE_MS;
    const hasRoom = this.pending.length < PENDING_ROWS_MAX;
    this.gathered.set(key, { draft, sinceMs: this.clock.now(), endsAtMs, count: hasRoom ? 0 : 1 });
    if (hasRoom) this.pending.push({ draft, atMs: this.clock.now() });
    return hasRoom;
  }

  private close(nowMs: number): void {
    for (const [key, { draft, sinceMs, endsAtMs, count }] of this.gathered) {
      // What finds no room goes on being gathered.
      if (endsAtMs > nowMs || this.pending.length >= PENDING_ROWS_MAX) return;
      this.gathered.delete(key);
      if (count === 0) continue;
      const repeated = withDetails(draft, { repeated: count, since: new Date(sinceMs).toISOString() });
      this.pending.push({ draft: repeated, atMs: this.clock.now() });
    }
  }
}

function withDetails(draft: EntryDraft, more: Readonly<Record<string, unknown>>): EntryDraft {
  return { ...draft, details: { ...draft.details, ...more } };
}
