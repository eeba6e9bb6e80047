import type { Category } from './categories.js';

export interface MetricsSettings {
  readonly isEnabled: boolean;
  readonly categories: readonly Category[];
  /** Null until somebody has changed them. */
  readonly updatedAtMs: number | null;
}

/** Where the settings of the metrics live. */
export abstract class MetricsSettingsRepository {
  abstract read(): Promise<MetricsSettings>;
  abstract write(settings: MetricsSettings): Promise<void>;
}
