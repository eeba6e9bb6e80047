import { Injectable } from '@nestjs/common';
import type { WindowAnswer } from '#libs/state';
import { AuditLog } from '../audit/index.js';
import { contextOf, DomainError, type PlainRequest } from '../http/index.js';
import { rateLimitLimits } from './rate-limit.limits.js';
import { RateLimitOptions } from './rate-limit.options.js';
import { RateLimitTotals } from './rate-limit-totals.js';

/** Notes requests over their limit, and says what their senders are told. */
@Injectable()
export class Violations {
  constructor(
    private readonly audit: AuditLog,
    private readonly totals: RateLimitTotals,
    private readonly options: RateLimitOptions,
  ) {}

  /** A request that goes on all the same. */
  shadow(request: PlainRequest, rule: string, key: string): void {
    this.totals.count(rule, 'shadowed');
    this.record(request, rule, key, 'shadow');
  }

  /** The refusal of a request; the caller throws it. */
  refusal(request: PlainRequest, rule: string, key: string, answer: WindowAnswer): DomainError {
    this.totals.count(rule, 'refused');
    this.record(request, rule, key, 'enforce');
    const seconds = Math.max(1, Math.ceil(answer.retryAfterMs / 1_000));
    return new DomainError('limited', 'rate_limit_exceeded', 'Rate limit exceeded. Please try again later.', {
      headers: { 'Retry-After': String(seconds) },
    });
  }

  /** Equal violations of a minute become one row with a count: an attacker cannot fill the disk with them. */
  private record(request: PlainRequest, rule: string, key: string, mode: 'enforce' | 'shadow'): void {
    if (this.options.audit === false) return;
    const { caller, client } = contextOf(request);
    const userAgent = (request.headers['user-agent'] ?? '').slice(0, rateLimitLimits.userAgentCharsMax);
    this.audit.recordCoalesced(
      {
        type: 'security.rate_limited',
        actor: { id: caller.actor, userId: caller.userId, address: client.address },
        targetType: 'endpoint',
        targetId: request.path,
        details: {
          address: client.address,
          endpoint: request.path,
          method: request.method,
          user_agent: userAgent,
          rule,
          mode,
        },
      },
      key,
    );
  }
}
