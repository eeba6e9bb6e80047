import { describe, expect, it } from 'vitest';
import { refuseDeepJson } from './json-depth.js';

const nested = (depth: number): unknown => JSON.parse(`${'[{"a":'.repeat(depth / 2)}1${'}]'.repeat(depth / 2)}`);

describe('the depth of JSON', () => {
  it('is no matter up to the limit, however wide the value is', () => {
    expect(() => refuseDeepJson([nested(98), ...Array.from({ length: 10_000 }, () => ({ a: [1] }))])).not.toThrow();
  });

  it.each([102, 200_000])('is refused beyond it: %i', (depth) => {
    expect(() => refuseDeepJson(nested(depth))).toThrow('nested deeper than 100 levels');
  });
});
