import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, type JsonObject } from './index.js';

const json = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<string>, { maxKeys: 4 });

describe('canonicalJson', () => {
  it('is one text for one value, whatever the order of its members', () => {
    fc.assert(
      fc.property(json, (value) => {
        const shuffled = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(shuffled)).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('agrees with the examples of RFC 8785', () => {
    const sample = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew',
      '1': 'One',
      '\ud83d\ude00': 'Emoji',
      '\u0080': 'Control',
      ö: 'Latin',
    };
    const order = [...canonicalJson(sample).matchAll(/:"(\w+)/g)].map((match) => match[1]);
    expect(order).toEqual(['Carriage', 'One', 'Control', 'Latin', 'Euro', 'Emoji', 'Hebrew']);
    expect(canonicalJson([Number('333333333.33333329'), 1e30, 4.5, 2e-3, 1e-27, -0])).toBe(
      '[333333333.3333333,1e+30,4.5,0.002,1e-27,0]',
    );
    expect(canonicalJson({ a: undefined, b: null })).toBe('{"b":null}');
  });

  it('refuses what JSON cannot hold', () => {
    let deep: JsonObject = {};
    for (let level = 0; level < 100; level += 1) deep = { deep };
    for (const bad of [Number.NaN, Infinity, 1n, new Date(0), new Map(), () => 1, Symbol('x')]) {
      expect(() => canonicalJson({ bad: bad as never })).toThrow(TypeError);
    }
    expect(() => canonicalJson(deep)).toThrow(RangeError);
  });
});
