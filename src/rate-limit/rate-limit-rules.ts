import { Injectable } from '@nestjs/common';
import { Config, StartError } from '../config/index.js';
import { RateLimitOptions, type RateLimitRuleOption } from './rate-limit.options.js';
import { builtInRules, matches, type RateLimitRule } from './rule.js';

const NAME = /^[\w.-]{1,32}$/;

/** All rules in the order in which they are asked; the first that matches counts. */
@Injectable()
export class RateLimitRules {
  /** False: `RATE_LIMIT_CALLS=0`. */
  readonly isEnabled: boolean;
  readonly all: readonly RateLimitRule[];
  private readonly fallback: RateLimitRule;

  constructor(config: Config, options: RateLimitOptions) {
    const { settings } = config;
    const calls = options.calls ?? settings.rateLimitCalls;
    this.isEnabled = calls > 0;
    const custom = [
      ...(options.rules ?? []),
      ...settings.rateLimitRules.map(([pattern, ruleCalls, periodSeconds, methods]) => ({
        pattern,
        calls: ruleCalls,
        periodSeconds,
        ...(methods && { methods }),
      })),
    ].map(customRule);
    const rest: RateLimitRule = {
      name: 'default',
      pattern: /^/,
      methods: undefined,
      calls: Math.max(1, calls),
      periodSeconds: options.periodSeconds ?? settings.rateLimitPeriodSeconds,
      failsClosed: false,
      isShadow: false,
      proof: undefined,
    };
    this.all = withShadows([...custom, ...builtInRules, rest], settings.rateLimitShadow);
    this.fallback = this.all.at(-1) ?? rest;
  }

  match(method: string, path: string): RateLimitRule {
    return this.all.find((rule) => matches(rule, method, path)) ?? this.fallback;
  }
}

function customRule(option: RateLimitRuleOption, index: number): RateLimitRule {
  const { pattern, calls, periodSeconds, methods, name = `custom-${index + 1}`, shadow = false } = option;
  if (!NAME.test(name))
    throw new StartError(`${name} is not a name for a rate limit: allowed are letters, digits, - _ .`);
  return {
    name,
    pattern: new RegExp(pattern instanceof RegExp ? pattern.source : pattern, 'i'),
    methods: methods && new Set(methods),
    calls,
    periodSeconds,
    failsClosed: false,
    isShadow: shadow,
    proof: undefined,
  };
}

function withShadows(rules: readonly RateLimitRule[], names: readonly string[]): readonly RateLimitRule[] {
  const known = rules.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new StartError(`RATE_LIMIT_SHADOW: there is no rule ${unknown}; there are ${known.join(', ')}`);
  const twice = known.find((name, index) => known.indexOf(name) !== index);
  if (twice !== undefined) throw new StartError(`Two rate limits are called ${twice}; each needs a name of its own`);
  return rules.map((rule) => ({ ...rule, isShadow: rule.isShadow || names.includes(rule.name) }));
}
