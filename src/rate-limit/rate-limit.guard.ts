import { Injectable } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { bucketOf } from '#libs/client-address';
import { Clock } from '#libs/clock';
import { StateUnavailable, type WindowAnswer } from '#libs/state';
import { Config } from '../config/index.js';
import { contextOf, DomainError, type PlainRequest, type RequestContext } from '../http/index.js';
import { setRateLimitHeaders } from './headers.js';
import { Holds } from './holds.js';
import { LimiterWindows } from './limiter-windows.js';
import { hasProofForm } from './proof-form.js';
import { rateLimitLimits } from './rate-limit.limits.js';
import { RateLimitRules } from './rate-limit-rules.js';
import { RateLimitTotals } from './rate-limit-totals.js';
import { isExcluded, type RateLimitRule } from './rule.js';
import { TrackedClients } from './tracked-clients.js';
import { Violations } from './violations.js';

/** What happens to a request after its verdict. */
@Injectable()
export class Verdicts {
  constructor(
    readonly violations: Violations,
    readonly totals: RateLimitTotals,
    readonly holds: Holds,
    readonly clients: TrackedClients,
  ) {}
}

/** Counts every request against the rule that it falls under, before who sends it is asked and its body is read (contract §9). */
@Injectable()
export class RateLimitGuard {
  constructor(
    private readonly rules: RateLimitRules,
    private readonly windows: LimiterWindows,
    private readonly verdicts: Verdicts,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  /** Sets the headers. @throws DomainError rate_limit_exceeded, or not_ready where what cannot be counted is refused. */
  async judge(request: PlainRequest, response: ServerResponse): Promise<void> {
    if (!this.rules.isEnabled) return;
    const context = contextOf(request);
    const rule = this.rules.match(request.method, request.path);
    if (this.isExempt(context)) {
      const nowMs = this.clock.now();
      setRateLimitHeaders(response, rule, { remaining: rule.calls, resetAtMs: nowMs, nowMs });
      return;
    }
    const bucket = bucketOf(context.client.address);
    const key = `limit:${rule.name}:${bucket}`;
    if (isExcluded(request.method, request.path) || isPreflight(request)) {
      const left = await this.windows.peekQuickly(key, rule.calls, rule.periodSeconds * 1_000);
      setRateLimitHeaders(response, rule, left);
      return;
    }
    this.verdicts.clients.note(bucket);
    const answer = await this.count(rule, key, response);
    setRateLimitHeaders(response, rule, answer);
    await this.decide(request, rule, key, answer);
  }

  private isExempt(context: RequestContext): boolean {
    return context.isLocal && !this.config.isProduction;
  }

  private async count(rule: RateLimitRule, key: string, response: ServerResponse): Promise<WindowAnswer> {
    const windowMs = rule.periodSeconds * 1_000;
    if (!rule.failsClosed) return this.windows.lenient.hit(key, rule.calls, windowMs);
    try {
      return await this.windows.strict.hit(key, rule.calls, windowMs);
    } catch (error) {
      if (!(error instanceof StateUnavailable)) throw error;
      throw this.uncounted(rule, response, error);
    }
  }

  private uncounted(rule: RateLimitRule, response: ServerResponse, cause: StateUnavailable): DomainError {
    const nowMs = this.clock.now();
    const seconds = rateLimitLimits.uncountedRetrySeconds;
    setRateLimitHeaders(response, rule, { remaining: 0, resetAtMs: nowMs + seconds * 1_000, nowMs });
    return new DomainError(
      'unavailable',
      'not_ready',
      'Attempts cannot be counted at the moment, so none is let through; try again shortly.',
      { headers: { 'Retry-After': String(seconds) }, cause },
    );
  }

  private async decide(request: PlainRequest, rule: RateLimitRule, key: string, answer: WindowAnswer): Promise<void> {
    const { holds, totals, violations } = this.verdicts;
    if (answer.allowed) {
      totals.count(rule.name, 'allowed');
      if (rule.proof) holds.keep(request, { rule, key, answer, attempt: undefined });
      return;
    }
    const mayProve = rule.proof !== undefined && hasProofForm(rule.proof, request, this.clock.now());
    if (rule.isShadow) {
      // Who proves himself is no violation of his address' limit: that is known only later.
      if (mayProve) holds.keep(request, { rule, key, answer, attempt: undefined });
      else violations.shadow(request, rule.name, key);
      return;
    }
    if (mayProve) {
      const attemptsKey = `${key}:proofs`;
      const { proofAttemptsMax } = rateLimitLimits;
      const attempt = await this.windows.lenient.hit(attemptsKey, proofAttemptsMax, rule.periodSeconds * 1_000);
      if (attempt.allowed) {
        holds.keep(request, { rule, key, answer, attempt: { key: attemptsKey, answer: attempt } });
        return;
      }
    }
    throw violations.refusal(request, rule.name, key, answer);
  }
}

/** A browser asks by itself before a page's request to another origin (CORS); the request that follows is counted. */
function isPreflight({ method, headers }: PlainRequest): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined;
}
