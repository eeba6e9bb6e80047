import { Injectable } from '@nestjs/common';
import { DomainError } from '../../http/index.js';
import { ProviderSettingsService } from '../../providers/index.js';
import { VerifiedSenders, type VerifiedSender } from '../../rate-limit/index.js';
import type { Access } from './access.js';
import type { Exchange } from './exchange.js';

/** Takes requests with valid credentials off the limit of their address, and holds them to that of their job (contract §8). */
@Injectable()
export class Allowance {
  constructor(
    private readonly senders: VerifiedSenders,
    private readonly settings: ProviderSettingsService,
  ) {}

  /** @throws DomainError rate_limit_exceeded, which S3 clients are told as SlowDown. */
  async admit({ request, response }: Exchange, access: Access): Promise<void> {
    try {
      await this.senders.admit(request, response, await this.senderOf(access));
    } catch (error) {
      // An S3 error has no place for headers.
      if (error instanceof DomainError)
        for (const [name, value] of Object.entries(error.extras.headers ?? {})) response.setHeader(name, value);
      throw error;
    }
  }

  /** What to answer instead of `failure`: a 429 when the request proved nothing and its address is over its limit. */
  verdictOn({ request }: Exchange, failure: unknown): unknown {
    return this.senders.verdictOn(request, failure);
  }

  private async senderOf(access: Access): Promise<VerifiedSender> {
    if (access.kind === 'link') return { kind: 'reader', userId: `link to ${access.jobId}` };
    if (access.kind === 'person') return { kind: 'reader', userId: access.caller.userId ?? access.caller.actor };
    const { jobId, provider } = access.credential;
    const { s3_rate_limit_max: calls, s3_rate_limit_window: periodSeconds } = await this.settings.get(provider);
    return { kind: 'upload', jobId, budget: { calls, periodSeconds } };
  }
}
