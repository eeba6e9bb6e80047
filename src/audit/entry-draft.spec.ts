import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, type Json } from '#libs/audit-chain';
import { draftOf } from './entry-draft.js';

const actor = { id: 'local', userId: null, address: null };
const detailsOf = (details: Record<string, unknown>): Readonly<Record<string, unknown>> =>
  draftOf({ type: 'job.deleted', actor, targetType: null, targetId: null, details }, undefined).details;

describe('a draft', () => {
  it('holds only text that every database gives back as it was', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 300 }),
        fc.array(fc.integer({ min: 0, max: 0xffff })),
        (text, units) => {
          const name = text + String.fromCharCode(...units);
          const draft = draftOf(
            { type: 'job.deleted', actor: { ...actor, id: name }, targetType: null, targetId: name },
            name,
          );
          for (const stored of [draft.actorId, draft.targetId!, draft.correlationId!]) {
            expect(stored.length).toBeLessThanOrEqual(128);
            expect(Buffer.from(stored).toString()).toBe(stored);
            expect(stored).not.toContain('\0');
          }
        },
      ),
    );
  });

  it('holds details that read back from JSON as the same canonical text', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.anything()), (details) => {
        fc.pre(isSerializable(details));
        const drafted = detailsOf(details) as Json;
        expect(canonicalJson(JSON.parse(JSON.stringify(drafted)) as Json)).toBe(canonicalJson(drafted));
      }),
    );
  });

  it('shortens details that are too large or nested too deep, and says so', () => {
    const large = detailsOf({ text: 'é'.repeat(70_000) });
    expect(large).toMatchObject({ shortened_from_chars: 70_011 });
    expect(JSON.stringify(large).length).toBeLessThan(5_000);
    let deep: Record<string, unknown> = {};
    for (let level = 0; level < 100; level += 1) deep = { deep };
    expect(detailsOf(deep)).toHaveProperty('shortened_from_chars');
  });
});

function isSerializable(value: unknown): boolean {
  try {
    return typeof JSON.stringify(value) === 'string';
  } catch {
    return false;
  }
}
