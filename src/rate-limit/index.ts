export { RateLimitModule } from './rate-limit.module.js';
export type { RateLimitOptions, RateLimitRuleOption } from './rate-limit.options.js';
export { RateLimiters, RateLimiterService, type RateLimiterOptions, type RateLimitUsage } from './rate-limiter.js';
export { RateLimitTotals } from './rate-limit-totals.js';
export { SlidingWindowThrottlerStorage } from './throttler-storage.js';
export { VerifiedSenders, type Budget, type VerifiedSender } from './verified-senders.js';
