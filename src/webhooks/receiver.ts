import { Injectable } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { Clock } from '#libs/clock';
import { newId } from '#libs/ids';
import { AuditLog } from '../audit/index.js';
import {
  contextOf,
  DomainError,
  notFound,
  Pipeline,
  refuseDeepJson,
  wellFormedId,
  type PlainRequest,
} from '../http/index.js';
import {
  ProviderRegistry,
  ProviderSettingsService,
  type ProviderAdapter,
  type ProviderSettings,
} from '../providers/index.js';
import { VerifiedSenders } from '../rate-limit/index.js';
import { AllowLists } from './allow-lists.js';
import { Bodies } from './bodies.js';
import { withoutSecrets, type NewDelivery } from './delivery.js';
import { Inbox, type Receipt } from './inbox.js';
import { doubtWords, Proofs, type Doubt, type Proof } from './proofs.js';
import { WebhooksMetrics } from './webhooks.metrics.js';

const PREFIX = '/api/webhooks';
const JOB_ID = /^[\w-]{1,64}$/;

/** Where deliveries come in and where they go. */
@Injectable()
export class Intake {
  constructor(
    readonly bodies: Bodies,
    readonly proofs: Proofs,
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
    facilities.pipeline.addPlainRoute(PREFIX, async (request, response) => {
      try {
        await this.receive(request, response, this.adapterOf(request));
      } catch (failure) {
        throw facilities.senders.verdictOn(request, failure);
      }
    });
  }

  private async receive(request: PlainRequest, response: ServerResponse, adapter: ProviderAdapter): Promise<void> {
    const { metrics } = this.intake;
    const receipt = await this.take(request, response, adapter).catch((failure: unknown) => {
      metrics.note(adapter.name, 'rejected');
      throw failure;
    });
    metrics.note(adapter.name, receipt.status);
    acknowledge(response, receipt);
  }

  private async take(request: PlainRequest, response: ServerResponse, adapter: ProviderAdapter): Promise<TakenReceipt> {
    const settings = await this.settings.get(adapter.name);
    const body = await this.intake.bodies.read(request, response);
    const jobId = jobIdOf(request);
    const isListed = this.allowLists.admits(settings, contextOf(request).client.address);
    const proof = await this.intake.proofs.of({ headers: request.headers, adapter, settings, body, jobId });
    if (typeof proof !== 'string' && proof.isVerified) await this.admit(request, response, adapter.name, settings);
    if (!isListed) this.refuseUnlisted(request, adapter.name, settings, proof);
    if (typeof proof === 'string') throw this.rejected(request, adapter.name, proof);
    if (!proof.isVerified) this.facilities.senders.admitUnproven(request);
    const delivery = this.deliveryOf(request, adapter.name, jobId, proof, body);
    const receipt = await this.store(delivery, body.length);
    return receipt === 'received' ? { status: receipt, delivery_id: delivery.id } : { status: receipt };
  }

  private admit(
    request: PlainRequest,
    response: ServerResponse,
    provider: string,
    settings: ProviderSettings,
  ): Promise<void> {
    const { webhook_rate_limit_max: calls, webhook_rate_limit_window: periodSeconds } = settings;
    return this.facilities.senders.admit(request, response, {
      kind: 'webhook',
      provider,
      budget: { calls, periodSeconds },
    });
  }

  private adapterOf(request: PlainRequest): ProviderAdapter {
    const name = request.path.slice(PREFIX.length + 1);
    const adapter = this.providers.find(name);
    if (!adapter) throw notFound('This webhook address');
    if (request.method !== 'POST')
      throw new DomainError('malformed', 'invalid_input', 'Webhooks are sent by POST.', { headers: { Allow: 'POST' } });
    return adapter;
  }

  private refuseUnlisted(
    request: PlainRequest,
    provider: string,
    settings: ProviderSettings,
    proof: Proof | Doubt,
  ): void {
    const isSigned = typeof proof !== 'string' && proof.isVerified;
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

  private rejected(request: PlainRequest, provider: string, reason: Doubt): DomainError {
    this.audit(request, 'security.webhook_rejected', provider, { reason });
    return new DomainError(
      'unauthenticated',
      'authentication_error',
      `The webhook is not authentic: ${doubtWords[reason]}.`,
    );
  }

  private deliveryOf(
    request: PlainRequest,
    provider: string,
    jobId: string | undefined,
    { webhookId }: Proof,
    body: Buffer,
  ): NewDelivery {
    const { client } = contextOf(request);
    return {
      id: newId(),
      provider,
      webhookId,
      jobId: jobId ?? null,
      address: client.address,
      correlationId: correlationIdOf(request),
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
    request: PlainRequest,
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
function acknowledge(response: ServerResponse, receipt: object): void {
  const text = JSON.stringify(receipt);
  response.writeHead(200, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(text);
}

function jobIdOf(request: PlainRequest): string | undefined {
  const job = parameterOf(request, 'job');
  return job !== undefined && JOB_ID.test(job) ? job : undefined;
}

/** The sender's own; of one that sends none, that of the job's submission, which its address was given with. */
function correlationIdOf(request: PlainRequest): string {
  const { correlationId, requestId } = contextOf(request);
  return (
    (correlationId === requestId ? wellFormedId(parameterOf(request, 'correlation_id')) : undefined) ?? correlationId
  );
}

/** A parameter that is there once. */
function parameterOf({ url }: PlainRequest, name: string): string | undefined {
  // The address may be absolute (RFC 9112 §3.2.2): forward proxies send it so.
  const query = url.includes('?') ? url.slice(url.indexOf('?') + 1) : '';
  const [value, ...others] = new URLSearchParams(query).getAll(name);
  return others.length === 0 ? value : undefined;
}

function parseJson(body: Buffer): unknown {
  const value = jsonIn(body);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new DomainError('malformed', 'invalid_input', 'The body is no JSON object, and so no event.');
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
