import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { newId } from '#libs/ids';
import { redactText } from '#libs/log';
import { EgressGuard, traceRequest, type OutboundRequest, type Trace } from '#libs/outbound';
import { signWebhook } from '#libs/webhook-signature';
import { Config } from '../config/index.js';
import { JobEnvironment } from '../jobs/index.js';
import { outboundSettingsOf, ProviderRegistry, ProviderSettingsService } from '../providers/index.js';
import { Secrets } from '../secrets/index.js';
import { configuredSecrets } from './configured-secrets.js';
import { DeliveryRepository } from './delivery.repository.js';
import { selfTestBody } from './self-test.js';
import { judgeAnswer, stepWords, type TestStep } from './webhook-test-words.js';

/** How long the delivery may take from the inbox to having been processed. */
const PROCESSING_PATIENCE_MS = 5_000;
const LOOK_INTERVAL_MS = 50;

/** How far a webhook to this server came. */
export interface WebhookTestReport {
  readonly isOk: boolean;
  /** Up to the first that failed. */
  readonly steps: readonly TestStep[];
  /** What to do, or that nothing is to be done. */
  readonly hint: string;
}

/** What the test needs of the server. */
@Injectable()
export class WebhookTestWorld {
  constructor(
    readonly config: Config,
    readonly clock: Clock,
    readonly guard: EgressGuard,
    readonly secrets: Secrets,
    readonly environment: JobEnvironment,
  ) {}
}

/** Sends a signed webhook through the public URL, as a provider would, and tells how far it came (contract §6). */
@Injectable()
export class WebhookTest {
  constructor(
    private readonly registry: ProviderRegistry,
    private readonly settings: ProviderSettingsService,
    private readonly deliveries: DeliveryRepository,
    private readonly world: WebhookTestWorld,
  ) {}

  /** @throws DomainError not_found for an unknown provider. */
  async run(provider: string): Promise<WebhookTestReport> {
    const adapter = this.registry.get(provider);
    // Of no job: the receiver takes it as it would take a webhook of one, and finds nothing to move.
    const testId = newId();
    const address = await this.world.environment.webhookUrl(adapter.name, testId);
    if (address === null) return failed([], stepWords.noPublicUrl());
    const steps: TestStep[] = [stepWords.publicUrl(address)];
    const own = await adapter.webhookSecrets(testId);
    const [secret] = own.length > 0 ? own : (await configuredSecrets(this.world.secrets)).usable;
    if (secret === undefined) return failed(steps, stepWords.noSecret(adapter.name));

    const url = new URL(address);
    const trace = await this.send(adapter.name, url, testId, secret);
    steps.push(...trace.steps.map((step) => stepWords.onTheWay(step)));
    const broken = steps.find(({ isOk }) => !isOk);
    if (broken || !trace.answer) return failed(steps.slice(0, broken ? steps.indexOf(broken) : undefined), broken);
    const verdict = judgeAnswer(trace.answer, url);
    if (!verdict.isOk) return failed(steps, verdict);
    return this.follow([...steps, verdict], verdict.deliveryId);
  }

  private async send(provider: string, url: URL, testId: string, secret: string): Promise<Trace> {
    const { clock, config, guard } = this.world;
    const body = selfTestBody(testId);
    const signed = signWebhook({ id: `selftest_${testId}`, timeMs: clock.now(), body, secrets: [secret] });
    const request: OutboundRequest = {
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json', 'user-agent': 'simpletuner-cloud-server', ...signed },
      body,
      isRepeatable: false,
    };
    const outbound = await outboundSettingsOf(await this.settings.get(provider), config.settings.noProxy);
    // What the environment names is the operator's word; what was set by a request leads to the internet alone.
    const isOperators = config.settings.publicUrl !== '' && new URL(config.settings.publicUrl).origin === url.origin;
    return traceRequest(request, outbound, { clock, guard, reach: isOperators || isSelf(provider) ? 'any' : 'public' });
  }

  /** From the receipt to having been processed. */
  private async follow(steps: readonly TestStep[], deliveryId: string): Promise<WebhookTestReport> {
    const { clock } = this.world;
    const startMs = clock.monotonicMs();
    let delivery = await this.deliveries.find(deliveryId);
    if (!delivery) return failed(steps, stepWords.elsewhere());
    const inInbox = [...steps, stepWords.inInbox(delivery.address)];
    while (delivery?.state === 'pending' && clock.monotonicMs() - startMs < PROCESSING_PATIENCE_MS) {
      await clock.sleep(LOOK_INTERVAL_MS);
      delivery = await this.deliveries.find(deliveryId);
    }
    const durationMs = clock.monotonicMs() - startMs;
    if (delivery?.state !== 'processed') return failed(inInbox, stepWords.notProcessed(durationMs));
    return {
      isOk: true,
      steps: [...inInbox, stepWords.processed(durationMs)],
      hint: 'Webhooks of this provider reach the server and are processed.',
    };
  }
}

/** Its jobs run on this machine and report to it directly. */
function isSelf(provider: string): boolean {
  return provider === 'process';
}

function failed(
  before: readonly TestStep[],
  step: (TestStep & { readonly hint?: string }) | undefined,
): WebhookTestReport {
  const steps = step ? [...before, step] : before;
  const shown = steps.map((one) => ({ ...one, detail: redactText(one.detail) }));
  return { isOk: false, steps: shown, hint: step?.hint ?? 'Look at the last step.' };
}
