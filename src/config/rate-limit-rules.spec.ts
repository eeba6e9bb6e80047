import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rateLimitRules } from './rate-limit-rules.js';

describe('RATE_LIMIT_RULES', () => {
  it('is a list of pattern, calls, period and methods', () => {
    expect(rateLimitRules('[["^/a$", 5, 300, ["post", "PUT"]], ["^/b$", 1, 60, null], ["^/c$", 1, 60]]')).toEqual([
      ['^/a$', 5, 300, ['POST', 'PUT']],
      ['^/b$', 1, 60, null],
      ['^/c$', 1, 60, null],
    ]);
  });

  it.each([
    ['{}'],
    ['["^/a$", 5, 300]'],
    ['[["^/a$", 5]]'],
    ['[["^/a$", 5, 300, null, 1]]'],
    ['[["(", 5, 300]]'],
    ['[["^/a$", 0, 300]]'],
    ['[["^/a$", 1.5, 300]]'],
    ['[["^/a$", 5, 604801]]'],
    ['[["^/a$", 5, 300, []]]'],
    ['[["^/a$", 5, 300, ["GET POST"]]]'],
    ['[["^/a$", 5, 300, [1]]]'],
    ['not json'],
  ])('is refused as %s', (text) => {
    expect(() => rateLimitRules(text)).toThrow();
  });

  it('gives rules that can be used, whatever the text, or throws', () => {
    const rule = fc.tuple(fc.string(), fc.integer(), fc.integer(), fc.option(fc.array(fc.string())));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.array(rule).map((rules) => JSON.stringify(rules)),
        ),
        (text) => {
          let rules: ReturnType<typeof rateLimitRules>;
          try {
            rules = rateLimitRules(text);
          } catch {
            return;
          }
          for (const [pattern, calls, period, methods] of rules) {
            expect(new RegExp(pattern, 'i').test('/api')).toBeTypeOf('boolean');
            expect(calls >= 1 && period >= 1 && methods?.length !== 0).toBe(true);
          }
        },
      ),
    );
  });
});
