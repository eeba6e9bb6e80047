import { afterAll } from 'vitest';
import { CircuitBreaker, EgressGuard } from '#libs/outbound';
import { MemoryStore } from '../../libs/state/memory/memory-store.js';
import { loadConfig } from '../../src/config/index.js';
import type { JobReference, Submission } from '../../src/providers/index.js';
import { commonFields, type OwnSettings, type ProviderSettings } from '../../src/providers/provider-fields.js';
import { createSecretChain } from '../../src/secrets/create-secret-chain.js';
import { createReplicateAdapter } from '../../src/providers/replicate/create-replicate-adapter.js';
import type { ReplicateAdapter } from '../../src/providers/replicate/replicate.adapter.js';
import { HastenedClock } from './hastened-clock.js';
import { submissionOf } from './process-adapter.js';
import { ReplicateDouble } from './replicate-double.js';

/** Upload credentials as a job is handed them. */
export const storage = {
  AWS_ACCESS_KEY_ID: 'STUABCDEFGHIJKLMNOPQRSTUVWXYZ234',
  AWS_SECRET_ACCESS_KEY: 'the-upload-secret-of-this-job',
  AWS_ENDPOINT_URL_S3: 'https://home.example.com/api/cloud/storage',
  AWS_REGION: 'us-east-1',
};

const opened: { stop(): Promise<void> }[] = [];
afterAll(async () => {
  await Promise.all(opened.map((connections) => connections.stop()));
});

export interface Scene {
  readonly double: ReplicateDouble;
  /** What the provider's settings are at this moment; time runs a hundred times as fast as they say. */
  readonly settings: Record<string, unknown>;
  readonly adapter: ReplicateAdapter;
  /** Another adapter for the same double, with other variables in its environment. */
  connect(environment: Record<string, string>): ReplicateAdapter;
}

/** A new double and the real adapter that talks to it. */
export async function replicateScene(): Promise<Scene> {
  const double = await ReplicateDouble.start();
  const defaults = Object.entries(commonFields).map(([name, field]) => [name, field.fallback] as const);
  const settings: Record<string, unknown> = { ...Object.fromEntries(defaults), http_timeout: 100 };
  const own = { REPLICATE_API_TOKEN: ReplicateDouble.token, REPLICATE_API_BASE_URL: double.baseUrl };
  const connect = (environment: Record<string, string>): ReplicateAdapter => {
    const config = loadConfig({ ...own, ...environment });
    const clock = new HastenedClock(100);
    const { adapter, connections } = createReplicateAdapter({
      config,
      clock,
      secrets: createSecretChain(config, clock),
      guard: new EgressGuard(),
      circuits: { of: (provider) => new CircuitBreaker(provider, new MemoryStore(clock), clock) },
      settings: { get: () => Promise.resolve(settings as unknown as OwnSettings['process'] & ProviderSettings) },
    });
    opened.push(connections);
    return adapter;
  };
  return { double, settings, adapter: connect({}), connect };
}

export function replicateJob(changes: Partial<Submission> = {}): Submission {
  return submissionOf({ environment: storage, ...changes });
}

export function predictionReference(providerJobId: string, jobId = ''): JobReference {
  return { jobId, providerJobId };
}
