import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { HealthRegistry, type Finding } from '../health/index.js';
import { ProviderRegistry, ProviderSettingsService, type ProviderAdapter } from '../providers/index.js';
import { Secrets } from '../secrets/index.js';
import { configuredSecrets } from './configured-secrets.js';
import { DeliveryRepository } from './delivery.repository.js';

/** A delivery that has waited longer than this tells of a worker that does not keep up. */
const INBOX_AGE_DEGRADED_MS = 60_000;
/** How long a probe waits for a provider that is being asked for its secret; it is asked once in five minutes. */
const SECRET_PATIENCE_MS = 500;

/** Whether the webhooks of a provider can be believed at all. */
@Injectable()
export class WebhookSecrets {
  constructor(
    private readonly providers: ProviderRegistry,
    private readonly settings: ProviderSettingsService,
    private readonly secrets: Secrets,
    private readonly clock: Clock,
  ) {}

  /** What keeps webhooks from being believed, one sentence each. */
  async problems(): Promise<string[]> {
    const { usable, hasUnusable } = await configuredSecrets(this.secrets);
    const remote = this.providers.offered.filter(({ isRemote }) => isRemote);
    const refused = await Promise.all(
      remote.map(async (adapter) => usable.length === 0 && (await this.isRefused(adapter)) && adapter.name),
    );
    return [
      ...(hasUnusable ? ['CLOUD_WEBHOOK_SECRET holds something that is no secret (whsec_ and base64)'] : []),
      ...refused.filter((name) => name !== false).map((name) => `No secret is known: webhooks of ${name} are refused`),
    ];
  }

  private async isRefused(adapter: ProviderAdapter): Promise<boolean> {
    const { webhook_require_signature: isRequired } = await this.settings.get(adapter.name);
    if (!isRequired || !(await adapter.isConfigured())) return false;
    const own = await Promise.race([
      adapter.webhookSecrets(undefined),
      this.clock.sleep(SECRET_PATIENCE_MS).then(() => undefined),
    ]);
    return own?.length === 0;
  }
}

/** What health says of webhooks: whether they can be believed, and whether what was received is processed. */
@Injectable()
export class WebhooksHealth {
  constructor(
    private readonly deliveries: DeliveryRepository,
    private readonly secrets: WebhookSecrets,
    private readonly clock: Clock,
    health: HealthRegistry,
  ) {
    health.add('webhooks', () => this.look());
  }

  private async look(): Promise<Finding> {
    const [{ pending, dead, oldestPendingMs }, problems] = await Promise.all([
      this.deliveries.backlog(),
      this.secrets.problems(),
    ]);
    const ageMs = oldestPendingMs === undefined ? 0 : this.clock.now() - oldestPendingMs;
    if (ageMs > INBOX_AGE_DEGRADED_MS)
      problems.unshift(`The oldest webhook has waited for ${Math.round(ageMs / 1_000)} s`);
    const facts = `${pending} waiting, ${dead} given up`;
    return problems.length > 0
      ? { status: 'degraded', message: `${problems.join('; ')} (${facts})` }
      : { status: 'healthy', message: `Inbox keeps up (${facts})` };
  }
}
