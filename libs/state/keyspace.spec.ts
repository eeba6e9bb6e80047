import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StateLimitExceeded } from './errors.js';
import { entryPrefixes, prefixEnd } from './keyspace.js';
import { checkKey, stateLimits } from './limits.js';

const text = fc.string({ unit: 'binary', maxLength: 20 });
const compare = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

describe('the range of a prefix', () => {
  it('holds exactly the names that start with it', () => {
    fc.assert(
      fc.property(text, text, text, (prefix, rest, other) => {
        const [from] = entryPrefixes('st:', prefix.replaceAll('\0', ''));
        const end = prefixEnd(from ?? '');
        const inRange = (name: string): boolean => compare(name, from ?? '') >= 0 && compare(name, end) < 0;
        expect(inRange(`${from}${rest}`)).toBe(true);
        expect(inRange(other)).toBe(other.startsWith(from ?? ''));
      }),
    );
  });

  it('ends after the last code point, and skips the surrogates', () => {
    expect(prefixEnd('v:\u{10ffff}')).toBe('v;');
    expect(prefixEnd('v:\ud7ff')).toBe('v:\ue000');
    expect(() => prefixEnd('\u{10ffff}')).toThrow(RangeError);
  });
});

describe('a key', () => {
  it('is accepted exactly when it is 1 to 512 bytes of UTF-8 without NUL', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 600 }),
      fc.string({ unit: fc.constantFrom('\ud800', 'a', '🚀', '\0') }),
    );
    fc.assert(
      fc.property(anything, (key) => {
        const bytes = Buffer.byteLength(key);
        const storable = key !== '' && !key.includes('\0') && Buffer.from(key).toString() === key;
        if (storable && bytes <= stateLimits.keyBytesMax) expect(() => checkKey(key)).not.toThrow();
        else expect(() => checkKey(key)).toThrow(StateLimitExceeded);
      }),
    );
  });
});
