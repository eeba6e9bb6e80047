import { Injectable } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import type { DomainError, PlainRequest } from '../http/index.js';
import { setRateLimitHeaders, type Policy } from './headers.js';
import { Holds, type Hold } from './holds.js';
import { LimiterWindows } from './limiter-windows.js';
import { rateLimitLimits } from './rate-limit.limits.js';
import { UploadsInFlight } from './uploads-in-flight.js';
import { VerifiedSenders, type VerifiedSender } from './verified-senders.js';
import { Violations } from './violations.js';

/** Counts proven senders on budgets of their own. */
@Injectable()
export class SenderBudgets extends VerifiedSenders {
  constructor(
    private readonly windows: LimiterWindows,
    private readonly holds: Holds,
    private readonly violations: Violations,
    private readonly inFlight: UploadsInFlight,
  ) {
    super();
  }

  override async admit(request: PlainRequest, response: ServerResponse, sender: VerifiedSender): Promise<void> {
    if (sender.kind === 'upload') await this.inFlight.enter(sender.jobId, response);
    const hold = this.holds.take(request);
    // Not limited at all: a local request, or limits are off.
    if (!hold) return;
    const { id, policy } = accountOf(sender);
    const key = `limit:${policy.name}:${id}`;
    const [answer] = await Promise.all([
      this.windows.lenient.hit(key, policy.calls, policy.periodSeconds * 1_000),
      this.release(hold),
    ]);
    setRateLimitHeaders(response, policy, answer);
    if (answer.allowed) return;
    // The budget is what the rule gives instead of the limit of an address, so it is in shadow together with it.
    if (hold.rule.isShadow) this.violations.shadow(request, policy.name, key);
    else throw this.violations.refusal(request, policy.name, key, answer);
  }

  override admitUnproven(request: PlainRequest): void {
    const refusal = this.refusalOf(request);
    if (refusal) throw refusal;
  }

  override verdictOn(request: PlainRequest, failure: unknown): unknown {
    return this.refusalOf(request) ?? failure;
  }

  /** Why a request that has not proved itself goes no further, if so. */
  private refusalOf(request: PlainRequest): DomainError | undefined {
    const hold = this.holds.take(request);
    if (hold?.rule.isShadow && !hold.answer.allowed) this.violations.shadow(request, hold.rule.name, hold.key);
    if (!hold?.attempt) return undefined;
    return this.violations.refusal(request, hold.rule.name, hold.key, hold.answer);
  }

  private async release({ key, answer, attempt }: Hold): Promise<void> {
    if (attempt) await this.windows.lenient.refund(attempt.key, attempt.answer);
    else if (answer.allowed) await this.windows.lenient.refund(key, answer);
  }
}

function accountOf(sender: VerifiedSender): { readonly id: string; readonly policy: Policy } {
  switch (sender.kind) {
    case 'webhook':
      return { id: sender.provider, policy: { name: 'verified-webhooks', ...sender.budget } };
    case 'upload':
      return { id: sender.jobId, policy: { name: 'uploads', ...sender.budget } };
    case 'reader': {
      const { readerCallsMax: calls, readerPeriodSeconds: periodSeconds } = rateLimitLimits;
      return { id: sender.userId, policy: { name: 'readers', calls, periodSeconds } };
    }
  }
}
