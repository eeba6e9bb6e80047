import { describe, expect, it } from 'vitest';
import { ManualClock } from '#libs/clock';
import type { EntryDraft } from './audit-entry.js';
import { CoalescedEvents } from './coalesced-events.js';

const denied: EntryDraft = {
  type: 'storage.denied', actorId: 'anonymous', userId: null, address: '192.0.2.1', targetType: 'bucket', targetId: 'b',
  details: { code: 'AccessDenied' }, correlationId: 'c-1',
}; // prettier-ignore

describe('coalesced events', () => {
  const clock = new ManualClock();
  const take = (events: CoalescedEvents, isLast = false): readonly EntryDraft[] => {
    const drafts = events.next(isLast);
    events.written(drafts.length);
    return drafts;
  };

  it('writes the first of a kind at once, and one row with the number of the others when the minute ends', () => {
    const events = new CoalescedEvents(clock);
    const since = new Date(clock.now()).toISOString();
    expect(events.add(denied, 'a')).toBe(true);
    expect(take(events)).toEqual([denied]);
    for (let index = 0; index < 41; index += 1)
      expect(events.add({ ...denied, correlationId: 'later' }, 'a')).toBe(false);
    clock.advance(59_999);
    expect(take(events)).toEqual([]);
    clock.advance(1);
    expect(take(events)).toEqual([{ ...denied, details: { code: 'AccessDenied', repeated: 41, since } }]);
    expect(events.add(denied, 'a')).toBe(true);
    expect(take(events)).toEqual([denied]);
  });

  it('writes nothing more when nothing was repeated', () => {
    const events = new CoalescedEvents(clock);
    events.add(denied, 'a');
    expect(take(events)).toHaveLength(1);
    clock.advance(60_000);
    expect(take(events)).toEqual([]);
  });

  it('keeps keys and types apart', () => {
    const events = new CoalescedEvents(clock);
    events.add(denied, 'a');
    events.add(denied, 'b');
    events.add({ ...denied, type: 'security.rate_limited' }, 'a');
    expect(take(events)).toHaveLength(3);
  });

  it('ends what is gathered when the server stops', () => {
    const events = new CoalescedEvents(clock);
    events.add(denied, 'a');
    take(events);
    events.add(denied, 'a');
    expect(take(events, true)).toMatchObject([{ details: { repeated: 1 } }]);
  });

  it('is bounded: beyond 10,000 kinds the rest of a type is one, and none of it is lost from the count', () => {
    const events = new CoalescedEvents(clock);
    for (let index = 0; index < 25_000; index += 1) events.add({ ...denied, address: String(index) }, String(index));
    const written: EntryDraft[] = [];
    for (let batch = events.next(true); batch.length > 0; batch = events.next(true)) {
      expect(batch.length).toBeLessThanOrEqual(200);
      written.push(...batch);
      events.written(batch.length);
    }
    expect(written).toHaveLength(10_001);
    const counted = written.map(({ details }) => (details['repeated'] as number | undefined) ?? 1);
    expect(counted.reduce((sum, count) => sum + count, 0)).toBe(25_000);
    expect(written.at(-1)).toMatchObject({ actorId: 'many', address: null, details: { repeated: 15_000 } });
  });

  it('keeps rows that could not be written, and then says when they happened', () => {
    const events = new CoalescedEvents(clock);
    events.add(denied, 'a');
    const occurredAt = new Date(clock.now()).toISOString();
    expect(events.next()).toEqual([denied]);
    clock.advance(30_000);
    expect(events.next()).toEqual([{ ...denied, details: { code: 'AccessDenied', occurred_at: occurredAt } }]);
    expect(events.written(1)).toBe(false);
    expect(events.next()).toEqual([]);
  });
});
