import type { Clock } from '#libs/clock';
import { getLogger } from '#libs/log';
import type { EntryDraft } from './audit-entry.js';

/** Equal events within this time become one row. */
const COALESCE_MS = 60_000;
/** How many different events are gathered at a time; beyond it events of one type are gathered together. */
const KEYS_MAX = 10_000;
/** How many rows may wait for the database. */
const PENDING_ROWS_MAX = 10_000;
const BATCH_ROWS_MAX = 200;
/** A row written later than this after its event says when the event was. */
const LATE_MS = 5_000;

const log = getLogger('audit');

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
  private droppedCount = 0;

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
    this.gathered.set(key, { draft, sinceMs: this.clock.now(), endsAtMs, count: 0 });
    this.push(draft);
    return true;
  }

  private close(nowMs: number): void {
    for (const [key, { draft, sinceMs, endsAtMs, count }] of this.gathered) {
      if (endsAtMs > nowMs) return;
      this.gathered.delete(key);
      if (count > 0) this.push(withDetails(draft, { repeated: count, since: new Date(sinceMs).toISOString() }));
    }
  }

  private push(draft: EntryDraft): void {
    if (this.pending.length < PENDING_ROWS_MAX) {
      this.pending.push({ draft, atMs: this.clock.now() });
      return;
    }
    this.droppedCount += 1;
    log.error('Security events cannot be recorded: too many wait for the database', { dropped: this.droppedCount });
  }
}

function withDetails(draft: EntryDraft, more: Readonly<Record<string, unknown>>): EntryDraft {
  return { ...draft, details: { ...draft.details, ...more } };
}
