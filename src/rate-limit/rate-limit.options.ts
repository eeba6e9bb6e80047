/** A rate limit of the program that embeds the server. */
export interface RateLimitRuleOption {
  /** Over the path of the request, upper and lower case alike. */
  readonly pattern: RegExp | string;
  readonly calls: number;
  readonly periodSeconds: number;
  /** Upper case; all when absent. */
  readonly methods?: readonly string[];
  /** How reports call it; `custom-1` and so on when absent. Letters, digits, `-`, `_`, `.`. */
  readonly name?: string;
  /** Counts and reports, does not refuse. */
  readonly shadow?: boolean;
}

/** What `RateLimitModule.with` takes; the environment decides where an option is absent. */
export class RateLimitOptions {
  /** Requests per period and address where no rule applies; 0 turns all rate limits off. */
  readonly calls?: number;
  readonly periodSeconds?: number;
  /** Asked before those of the environment, which come before the built-in ones. */
  readonly rules?: readonly RateLimitRuleOption[];
  /** Whether violations are written to the audit log; true when absent. */
  readonly audit?: boolean;
}
