import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { HealthRegistry, type Finding } from '../health/index.js';
import type { ProviderAdapter } from './adapter.js';
import { ProviderRegistry } from './provider-registry.js';

const CHECK_TIMEOUT_MS = 5_000;
/** A provider that does not answer degrades the server; the registry would take a check that is late for a broken one. */
const ANSWER_TIMEOUT_MS = 4_500;

/** Adds each provider to the health checks; asked only on wish, because it asks the provider (contract §10). */
@Injectable()
export class ProvidersHealth {
  constructor(
    providers: ProviderRegistry,
    health: HealthRegistry,
    private readonly clock: Clock,
  ) {
    for (const adapter of providers.offered) {
      const check = (): Promise<Finding> => this.check(adapter);
      health.add(`provider_${adapter.name}`, check, { isProvider: true, timeoutMs: CHECK_TIMEOUT_MS });
    }
  }

  private async check(adapter: ProviderAdapter): Promise<Finding> {
    const answered = new AbortController();
    const late = this.clock
      .sleep(ANSWER_TIMEOUT_MS, answered.signal)
      .then((): Finding => ({ status: 'degraded', message: `No answer within ${ANSWER_TIMEOUT_MS} ms` }));
    try {
      return await Promise.race([findingOf(adapter), late]);
    } finally {
      answered.abort();
    }
  }
}

/** A provider in trouble degrades the server, which serves everything else. One that nobody has set up is no trouble. */
async function findingOf(adapter: ProviderAdapter): Promise<Finding> {
  if (!(await adapter.isConfigured())) return { status: 'healthy', message: 'Not configured' };
  const { isValid, message } = await adapter.validate();
  return { status: isValid ? 'healthy' : 'degraded', message };
}
