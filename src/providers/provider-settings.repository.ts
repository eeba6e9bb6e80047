import type { StoredFields } from './provider-settings.js';

export interface StoredSettings {
  readonly provider: string;
  /** Values of secret fields are sealed already. */
  readonly fields: StoredFields;
  readonly version: number;
  readonly updatedAtMs: number;
}

/** Where the settings of providers live, one record each. Every driver must pass test/contract/providers-settings-repository.test.ts. */
export abstract class ProviderSettingsRepository {
  abstract read(provider: string): Promise<StoredSettings | undefined>;
  /**
   * Stores `settings` if the record's version is still `settings.version - 1` (0 = there is no record yet).
   * False, and nothing changed, when somebody else was first.
   */
  abstract replace(settings: StoredSettings): Promise<boolean>;
}
