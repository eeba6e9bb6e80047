import type { Parser } from '#libs/env';

/** A further rate limit: a regular expression over the path, calls allowed per period in seconds, methods (null: all). */
export type RateLimitRuleSetting = readonly [
  pattern: string,
  calls: number,
  period: number,
  methods: readonly string[] | null,
];

/** The largest limit and the longest period that the sliding window counts. */
export const rateLimitBounds = { callsMax: 1_000_000, periodSecondsMax: 604_800 } as const;

const rulesMax = 100;
const patternCharsMax = 512;
const METHOD = /^[A-Z]{1,16}$/;

/** `RATE_LIMIT_RULES`: a JSON list of `[pattern, calls, period, methods]`. */
export const rateLimitRules: Parser<readonly RateLimitRuleSetting[]> = Object.assign(
  (text: string): readonly RateLimitRuleSetting[] => {
    const list: unknown = JSON.parse(text);
    if (!Array.isArray(list) || list.length > rulesMax) throw new Error('not allowed');
    return list.map(readRule);
  },
  {
    allowed: `a JSON list of up to ${rulesMax} rules [pattern, calls, period in seconds, methods or null], such as [["^/api/cloud/expensive$", 5, 300, ["POST"]]]`,
    show: (rules: readonly RateLimitRuleSetting[]) => (rules.length === 0 ? '' : JSON.stringify(rules)),
  },
);

function readRule(rule: unknown): RateLimitRuleSetting {
  if (!Array.isArray(rule) || rule.length < 3 || rule.length > 4) throw new Error('not allowed');
  const [pattern, calls, period, methods = null] = rule as unknown[];
  if (!isPattern(pattern) || !isWhole(calls, rateLimitBounds.callsMax)) throw new Error('not allowed');
  if (!isWhole(period, rateLimitBounds.periodSecondsMax)) throw new Error('not allowed');
  if (methods === null) return [pattern, calls, period, null];
  if (!Array.isArray(methods) || methods.length === 0) throw new Error('not allowed');
  return [pattern, calls, period, methods.map(readMethod)];
}

function readMethod(method: unknown): string {
  const upper = typeof method === 'string' ? method.toUpperCase() : '';
  if (!METHOD.test(upper)) throw new Error('not allowed');
  return upper;
}

function isWhole(value: unknown, max: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max;
}

function isPattern(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > patternCharsMax) return false;
  try {
    new RegExp(value);
    return true;
  } catch {
    return false;
  }
}
