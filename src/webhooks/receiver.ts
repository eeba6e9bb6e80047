import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { createHash, timingSafeEqual } from 'node:crypto';
import { Clock } from '#libs/clock';
import { newId } from '#libs/ids';
import { verifyWebhook } from '#libs/webhook-signature';
import { AuditLog } from '../audit/index.js';
import { contextOf, DomainError, notFound, Pipeline, refuseDeepJson } from '../http/index.js';
import {
  ProviderRegistry,
  ProviderSettingsService,
  type ProviderAdapter,
  type ProviderSettings,
} from '../providers/index.js';
import { VerifiedSenders } from '../rate-limit/index.js';
import { Secrets } from '../secrets/index.js';
import { AllowLists } from './allow-lists.js';
import { Bodies } from './bodies.js';
import { withoutSecrets, type NewDelivery } from './delivery.js';
import { configuredSecrets } from './configured-secrets.js';
import { Inbox, type Receipt } from './inbox.js';
import { WebhooksMetrics } from './webhooks.metrics.js';

const PREFIX = '/api/webhooks';
const JOB_ID = /^[\w-]{1,64}$/;

/** How a sender proved itself: by a signature, by a job-scoped key, or (where the provider's settings allow it) not at all. */
interface Proof {
  readonly webhookId: string;
  /** False where the provider's settings ask for no proof. */
  readonly isVerified: boolean;
}

/** Where deliveries come in and where they go. */
@Injectable()
export class Intake {
  constructor(
    readonly bodies: Bodies,
    readonly inbox: Inbox,
    readonly metrics: WebhooksMetrics,
  ) {}
}

/** What the receiver uses of the platform. */
@Injectable()
export class ReceiverFacilities {
  constructor(
    readonly pipeline: Pipeline,
    readonly audit: AuditLog,
    readonly clock: Clock,
    readonly senders: VerifiedSenders,
    readonly secrets: Secrets,
  ) {}
}

/** What the sender is told. */
interface TakenReceipt {
  readonly status: Receipt;
  readonly delivery_id?: string;
}

/** Receives webhooks (contract §7): judged in the order of the contract, stored durably, then answered; processed later. */
@Injectable()
export class WebhookReceiver {
  constructor(
    private readonly providers: ProviderRegistry,
    private readonly settings: ProviderSettingsService,
    private readonly allowLists: AllowLists,
    private readonly intake: Intake,
    private readonly facilities: ReceiverFacilities,
  ) {
    facilities.pipeline.addRawRoute(PREFIX, async (request, response) => {
      try {
        await this.receive(request, response, this.adapterOf(request));
      } catch (failure) {
        throw facilities.senders.verdictOn(request, failure);
      }
    });
  }

  private async receive(request: Request, response: Response, adapter: ProviderAdapter): Promise<void> {
    const { metrics } = this.intake;
    const receipt = await this.take(request, response, adapter).catch((failure: unknown) => {
      metrics.note(adapter.name, 'rejected');
      throw failure;
    });
    metrics.note(adapter.name, receipt.status);
    acknowledge(response, receipt);
  }

  private async take(request: Request, response: Response, adapter: ProviderAdapter): Promise<TakenReceipt> {
    const settings = await this.settings.get(adapter.name);
    const body = await this.intake.bodies.read(request, response);
    const jobId = jobIdOf(request);
    const isListed = this.allowLists.admits(settings, contextOf(request).client.address);
    const proof = await this.prove(request, adapter, settings, body, jobId);
    if (typeof proof !== 'string' && proof.isVerified) await this.admit(request, response, adapter.name, settings);
    if (!isListed) this.refuseUnlisted(request, adapter.name, settings, proof);
    if (typeof proof === 'string') throw this.rejected(request, adapter.name, proof);
    const delivery = this.deliveryOf(request, adapter.name, jobId, proof, body);
    const receipt = await this.store(delivery, body.length);
    return receipt === 'received' ? { status: receipt, delivery_id: delivery.id } : { status: receipt };
  }

  private admit(request: Request, response: Response, provider: string, settings: ProviderSettings): Promise<void> {
    const { webhook_rate_limit_max: calls, webhook_rate_limit_window: periodSeconds } = settings;
    return this.facilities.senders.admit(request, response, {
      kind: 'webhook',
      provider,
      budget: { calls, periodSeconds },
    });
  }

  private adapterOf(request: Request): ProviderAdapter {
    const name = request.path.slice(PREFIX.length + 1);
    const adapter = this.providers.find(name);
    if (!adapter) throw notFound('This webhook address');
    if (request.method !== 'POST')
      throw new DomainError('malformed', 'invalid_input', 'Webhooks are sent by POST.', { headers: { Allow: 'POST' } });
    return adapter;
  }

  /** The proof, or the reason why there is none. */
  private async prove(
    request: Request,
    adapter: ProviderAdapter,
    settings: ProviderSettings,
    body: Buffer,
    jobId: string | undefined,
  ): Promise<Proof | string> {
    const ownSecrets = await adapter.webhookSecrets(jobId);
    const key = request.headers['x-api-key'];
    if (typeof key === 'string' && request.headers['webhook-signature'] === undefined) {
      // The trainer's own events are not signed; a key that only this job was given stands in for the signature.
      return ownSecrets.some((secret) => sameText(secret, key))
        ? { webhookId: contentId(body, jobId, key), isVerified: true }
        : 'key_mismatch';
    }
    if (!settings.webhook_require_signature)
      return { webhookId: headerText(request, 'webhook-id') ?? contentId(body, jobId), isVerified: false };
    const secrets = ownSecrets.length > 0 ? ownSecrets : await configuredSecrets(this.facilities.secrets);
    if (secrets.length === 0) return 'no_secret_configured';
    const verdict = verifyWebhook({ headers: request.headers, body, secrets, nowMs: this.facilities.clock.now() });
    return verdict.ok ? { webhookId: verdict.messageId, isVerified: true } : verdict.reason;
  }

  private refuseUnlisted(request: Request, provider: string, settings: ProviderSettings, proof: Proof | string): void {
    const isSigned = typeof proof !== 'string';
    const { address } = contextOf(request).client;
    if (isSigned) {
      this.audit(request, 'security.webhook_unlisted_ip', provider, {
        mode: settings.webhook_allowlist_mode,
        suggestion: `The sender is genuine: add ${address} to webhook_allowed_ips of ${provider}.`,
      });
    }
    if (settings.webhook_allowlist_mode !== 'enforce') return;
    this.audit(request, 'security.webhook_rejected', provider, { reason: 'ip_not_allowed', is_signed: isSigned });
    throw new DomainError('forbidden', 'ip_not_allowed', 'Webhooks are not accepted from this address.', {
      details: { address },
    });
  }

  private rejected(request: Request, provider: string, reason: string): DomainError {
    this.audit(request, 'security.webhook_rejected', provider, { reason });
    return new DomainError(
      'unauthenticated',
      'authentication_error',
      `The webhook is not authentic: ${reason.replaceAll('_', ' ')}.`,
    );
  }

  private deliveryOf(
    request: Request,
    provider: string,
    jobId: string | undefined,
    { webhookId }: Proof,
    body: Buffer,
  ): NewDelivery {
    const { client, correlationId } = contextOf(request);
    return {
      id: newId(),
      provider,
      webhookId,
      jobId: jobId ?? null,
      address: client.address,
      correlationId,
      receivedAtMs: this.facilities.clock.now(),
      body: withoutSecrets(parseJson(body)),
    };
  }

  private async store(delivery: NewDelivery, bytes: number): Promise<'received' | 'duplicate'> {
    const receipt = this.intake.inbox.receive(delivery, bytes);
    if (receipt) return receipt;
    throw new DomainError('unavailable', 'not_ready', 'Too many webhooks are waiting; send this one again.', {
      headers: { 'Retry-After': '5' },
    });
  }

  private audit(
    request: Request,
    type: 'security.webhook_rejected' | 'security.webhook_unlisted_ip',
    provider: string,
    details: Record<string, unknown>,
  ): void {
    const { address } = contextOf(request).client;
    this.facilities.audit.recordCoalesced(
      {
        type,
        actor: { id: `webhook:${provider}`, userId: null, address },
        targetType: 'provider',
        targetId: provider,
        details,
      },
      `${provider} ${address} ${String(details['reason'])}`,
    );
  }
}

/** By hand: nobody asks for this answer again, so that it needs no ETag, whose digest would be most of its cost. */
function acknowledge(response: Response, receipt: object): void {
  const text = JSON.stringify(receipt);
  response.writeHead(200, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(text);
}

function jobIdOf(request: Request): string | undefined {
  const { job } = request.query;
  return typeof job === 'string' && JOB_ID.test(job) ? job : undefined;
}

function parseJson(body: Buffer): unknown {
  const value = jsonIn(body);
  refuseDeepJson(value);
  return value;
}

function jsonIn(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    throw new DomainError('malformed', 'invalid_input', 'The body is not valid JSON.');
  }
}

/**
 * An id for senders that give none: equal bodies of one job are the same delivery. Other jobs send equal bodies, too, and none
 * of them must be able to foretell, and so to use up, the id of another one's event: hence its key.
 */
function contentId(body: Buffer, jobId: string | undefined, key = ''): string {
  const sender = JSON.stringify([jobId ?? '', key]);
  return `sha256:${createHash('sha256').update(sender).update(body).digest('hex')}`;
}

function headerText(request: Request, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' && value.length > 0 && value.length <= 256 ? value : undefined;
}

function sameText(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}
