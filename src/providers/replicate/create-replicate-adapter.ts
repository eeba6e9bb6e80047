import { randomInt } from 'node:crypto';
import type { Clock } from '#libs/clock';
import { redactText } from '#libs/log';
import { OutboundClient, type CircuitBreaker, type EgressGuard } from '#libs/outbound';
import type { Worker } from '#libs/worker';
import type { Config } from '../../config/index.js';
import type { Secrets } from '../../secrets/index.js';
import { outboundSettingsOf } from '../outbound-settings.js';
import type { ProviderSettingsService } from '../provider-settings.service.js';
import { ReplicateApi, type ReplicateToken } from './replicate-api.js';
import { ReplicateCatalog } from './replicate-catalog.js';
import { ReplicatePredictions } from './replicate-predictions.js';
import { ReplicateWebhookSecret } from './replicate-webhook-secret.js';
import { REPLICATE_PROVIDER, REPLICATE_TOKEN, ReplicateAdapter } from './replicate.adapter.js';

const RANDOM_STEPS = 1_000_000;

export interface ReplicateWorld {
  readonly config: Pick<Config, 'settings'>;
  readonly clock: Clock;
  readonly settings: Pick<ProviderSettingsService, 'get'>;
  readonly secrets: Pick<Secrets, 'get' | 'refresh'>;
  readonly guard: EgressGuard;
  readonly circuits: { of(provider: string): CircuitBreaker };
}

/** Puts the `replicate` provider together: the adapter, and what lets go of its connections when the server stops. */
export function createReplicateAdapter(world: ReplicateWorld): { adapter: ReplicateAdapter; connections: Worker } {
  const { config, clock, settings, secrets, guard } = world;
  const { replicateBaseUrl, noProxy } = config.settings;
  const client = new OutboundClient({
    settings: async () => outboundSettingsOf(await settings.get(REPLICATE_PROVIDER), noProxy),
    clock,
    random: () => randomInt(RANDOM_STEPS) / RANDOM_STEPS,
    circuit: world.circuits.of(REPLICATE_PROVIDER),
    guard,
    // The base URL is the operator's own word.
    reach: 'any',
  });
  const token: ReplicateToken = {
    get: async () => (await secrets.get(REPLICATE_TOKEN)) ?? '',
    refresh: async () => (await secrets.refresh(REPLICATE_TOKEN)) ?? '',
  };
  const api = new ReplicateApi(client, replicateBaseUrl, token, redactText);
  const adapter = new ReplicateAdapter({
    api,
    catalog: new ReplicateCatalog(api, clock),
    predictions: new ReplicatePredictions(api, redactText),
    webhookSecret: new ReplicateWebhookSecret(api, clock),
    settings,
    token,
    clean: redactText,
  });
  const connections: Worker = {
    name: 'replicate-connections',
    // A client that was closed stays so.
    worksThroughPauses: true,
    start: () => undefined,
    stop: () => client.close(),
  };
  return { adapter, connections };
}
