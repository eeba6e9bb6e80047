import { notFound } from '../http/index.js';
import type { ProviderAdapter } from './adapter.js';

/** Every provider that this server can talk to. */
export class ProviderRegistry {
  private readonly adapters: ReadonlyMap<string, ProviderAdapter>;

  constructor(adapters: readonly ProviderAdapter[]) {
    this.adapters = new Map(adapters.map((adapter) => [adapter.name, adapter]));
  }

  /** The adapter for jobs that it has started, offered here or not; undefined for a name that nobody has. */
  find(name: string): ProviderAdapter | undefined {
    return this.adapters.get(name);
  }

  /** The adapter for new jobs and settings. @throws DomainError not_found when it is unknown, or not offered here. */
  get(name: string): ProviderAdapter {
    const adapter = this.adapters.get(name);
    if (!adapter?.isOffered) throw notFound(`The provider ${JSON.stringify(name.slice(0, 64))}`);
    return adapter;
  }

  /** Every provider whose jobs are followed here. */
  get known(): readonly string[] {
    return [...this.adapters.keys()];
  }

  /** Calls `listener` for every run that a provider here has seen ending (ProviderAdapter.onRunEnded). */
  onRunEnded(listener: (jobId: string, provider: string) => void): void {
    for (const adapter of this.adapters.values()) adapter.onRunEnded((jobId) => listener(jobId, adapter.name));
  }

  /** The providers that new jobs may be given to. */
  get offered(): readonly ProviderAdapter[] {
    return [...this.adapters.values()].filter((adapter) => adapter.isOffered);
  }

  /** Their names. */
  get names(): readonly string[] {
    return this.offered.map(({ name }) => name);
  }
}
