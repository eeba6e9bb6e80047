import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newPart } from './log-tail.js';

const BOUND = 2_000;
const line = fc.integer({ min: 0, max: 1e9 }).map((number) => `step ${number}\n`);

describe('newPart', () => {
  it('gives a growing log piece by piece, also when its beginning is cut off, with nothing twice', () => {
    fc.assert(
      fc.property(fc.array(fc.array(line, { maxLength: 40 }), { maxLength: 12 }), (rounds) => {
        let log = '';
        let seen = '';
        let told = '';
        for (const [index, lines] of rounds.entries()) {
          // A count makes every line its own, as times do in real logs.
          log += lines.map((text, place) => `${index}.${place} ${text}`).join('');
          const end = log.slice(-BOUND);
          told += newPart(seen, end);
          seen = end;
        }
        expect(told).toBe(log);
      }),
    );
  });

  it('gives the whole of a log that has nothing to do with what was seen', () => {
    expect(newPart('old text', 'new text')).toBe('new text');
  });
});
