import { expect, it } from 'vitest';
import { periodAt } from './cost-period.js';

it.each([
  ['daily', '2026-11-25T23:59:59.999Z', '2026-11-25', '2026-11-26'],
  ['weekly', '2026-11-25T10:00:00Z', '2026-11-23', '2026-11-30'],
  ['weekly', '2026-11-23T00:00:00Z', '2026-11-23', '2026-11-30'],
  ['weekly', '2026-11-22T23:59:59Z', '2026-11-16', '2026-11-23'],
  ['monthly', '2026-11-25T10:00:00Z', '2026-11-01', '2026-12-01'],
  ['monthly', '2026-12-31T23:59:59Z', '2026-12-01', '2027-01-01'],
  ['monthly', '2028-02-29T00:00:00Z', '2028-02-01', '2028-03-01'],
] as const)('the %s period of %s runs from %s to %s', (length, at, start, end) => {
  expect(periodAt(length, Date.parse(at))).toEqual({ startMs: Date.parse(start), endMs: Date.parse(end) });
});
