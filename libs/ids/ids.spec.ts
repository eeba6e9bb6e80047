import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base62, decodeCursor, encodeCursor, newId, uploadToken } from './index.js';

describe('ids', () => {
  it('come in order of creation and never twice', () => {
    const ids = Array.from({ length: 5_000 }, newId);
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('have the promised shapes', () => {
    expect(uploadToken()).toMatch(/^STU[A-Z2-7]{29}$/);
    expect(base62(32)).toMatch(/^[0-9A-Za-z]{32}$/);
  });
});

describe('cursors', () => {
  it('return what went in', () => {
    fc.assert(
      fc.property(fc.string(), fc.maxSafeInteger(), (text, number) => {
        expect(decodeCursor(encodeCursor([text, number]), ['string', 'number'])).toEqual([text, number]);
      }),
    );
  });

  it('refuse anything else without throwing', () => {
    fc.assert(fc.property(fc.string(), (text) => decodeCursor(text, ['string', 'number']) === undefined));
    expect(decodeCursor(encodeCursor([1]), ['string'])).toBeUndefined();
  });

  it.each(['[1.5]', '[1e999]', '[9007199254740993]', '["a\\u0000"]'])(
    'refuse %s, which no database compares with',
    (values) => {
      const cursor = Buffer.from(values).toString('base64url');
      expect(decodeCursor(cursor, ['number'])).toBeUndefined();
      expect(decodeCursor(cursor, ['string'])).toBeUndefined();
    },
  );
});
