import { Injectable } from '@nestjs/common';
import { DomainError, invalidFields } from '../http/index.js';
import type { Capabilities, HardwareProfile, ProviderAdapter, Validation } from './adapter.js';
import { fieldsOf } from './provider-fields.js';
import { ProviderRegistry } from './provider-registry.js';
import type { DescribedSettings } from './provider-settings.js';
import { ProviderSettingsService, type SettingsChange } from './provider-settings.service.js';

export interface ProviderSummary {
  readonly name: string;
  readonly isConfigured: boolean;
  readonly capabilities: Capabilities;
  readonly hardware: readonly HardwareProfile[];
}

/** What people do with providers: look at them and configure them. Unknown providers are not_found. */
@Injectable()
export class ProvidersService {
  constructor(
    private readonly registry: ProviderRegistry,
    private readonly settings: ProviderSettingsService,
  ) {}

  list(): Promise<ProviderSummary[]> {
    return Promise.all(this.registry.offered.map(summaryOf));
  }

  async read(provider: string): Promise<DescribedSettings> {
    return this.settings.describe(this.registry.get(provider).name);
  }

  /** The settings of the Advanced Configuration alone. */
  async readAdvanced(provider: string): Promise<DescribedSettings> {
    return onlyAdvanced(await this.read(provider));
  }

  async change(wish: SettingsChange): Promise<DescribedSettings> {
    await requireKnownHardware(this.registry.get(wish.provider), wish.change['hardware_profile']);
    return this.settings.change(wish);
  }

  /** As `change`, for the settings of the Advanced Configuration alone; any other is refused. */
  async changeAdvanced(wish: SettingsChange): Promise<DescribedSettings> {
    const table = fieldsOf(this.registry.get(wish.provider).name);
    const others = Object.keys(wish.change).filter((name) => !Object.hasOwn(table, name) || !table[name]?.isAdvanced);
    if (others.length > 0)
      throw invalidFields(others.map((field) => ({ field, message: 'is not a field of the advanced configuration' })));
    return onlyAdvanced(await this.settings.change(wish));
  }

  async validate(provider: string): Promise<Validation> {
    return this.registry.get(provider).validate();
  }
}

async function summaryOf(adapter: ProviderAdapter): Promise<ProviderSummary> {
  const [isConfigured, hardware] = await Promise.all([adapter.isConfigured(), adapter.hardware()]);
  return { name: adapter.name, isConfigured, capabilities: adapter.capabilities, hardware };
}

async function requireKnownHardware(adapter: ProviderAdapter, profile: unknown): Promise<void> {
  if (typeof profile !== 'string' || profile === '') return;
  const ids = (await adapter.hardware()).map(({ id }) => id);
  if (ids.includes(profile)) return;
  throw invalidFields([{ field: 'hardware_profile', message: `must be one of ${ids.join(', ')}` }]);
}

function onlyAdvanced(described: DescribedSettings): DescribedSettings {
  const table = fieldsOf(described.provider);
  const pick = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(record).filter(([name]) => table[name]?.isAdvanced));
  return { ...described, values: pick(described.values), sources: pick(described.sources) };
}

/** A change as it was sent: a JSON object. @throws DomainError invalid_input for any other body. */
export function changeOf(body: unknown): Readonly<Record<string, unknown>> {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
  throw new DomainError('malformed', 'invalid_input', 'Send a JSON object of the settings to change.');
}
