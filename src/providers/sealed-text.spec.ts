import fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { seal, unseal } from './sealed-text.js';

const [key, other] = [randomBytes(32), randomBytes(32)];

describe('sealed text', () => {
  it('is opened by its own key among others, in its own context alone', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const whole = Buffer.from(text).toString();
        const sealed = seal(whole, key, 'here');
        expect(unseal(sealed, [other, key], 'here')).toBe(whole);
        expect(unseal(sealed, [key], 'there')).toBeUndefined();
        expect(unseal(sealed, [other], 'here')).toBeUndefined();
      }),
    );
    expect(seal('same', key, 'here')).not.toBe(seal('same', key, 'here'));
  });

  it('is not opened once any byte of it has been changed', () => {
    const sealed = seal('http://user:password@proxy:8080', key, 'here');
    const bytes = Buffer.from(sealed.slice('sealed:v1:'.length), 'base64url');
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = changed[at]! ^ 1;
      expect(unseal(`sealed:v1:${changed.toString('base64url')}`, [key], 'here')).toBeUndefined();
    }
  });

  it('withstands anything else', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(unseal(text, [key], 'here')).toBeUndefined();
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(unseal(`sealed:v1:${text}`, [key], '')).toBeUndefined();
      }),
    );
  });
});
