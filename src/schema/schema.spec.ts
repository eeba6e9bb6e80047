import { describe, expect, it } from 'vitest';
import { schema } from './index.js';

describe('the migrations', () => {
  // They are applied in the order of their time stamps, whatever the list says.
  it('stand in the order in which they are applied', () => {
    const stamps = schema.migrations.map(({ name }) => name.slice(-14));
    expect(stamps).toEqual([...new Set(stamps)].sort());
  });
});
