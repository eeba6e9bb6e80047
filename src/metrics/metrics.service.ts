import { Injectable } from '@nestjs/common';
import type { Category } from './categories.js';
import { Exposition, type Page } from './exposition/exposition.js';
import type { ExpositionFormat } from './exposition/format.js';
import { MetricsSettingsService } from './metrics-settings.service.js';

const DISABLED = '# Prometheus export is disabled: enable it in the Metrics tab or by PUT /api/cloud/metrics/config\n';

/** What scrapers and previews read. */
@Injectable()
export class MetricsService {
  constructor(
    private readonly exposition: Exposition,
    private readonly settings: MetricsSettingsService,
  ) {}

  /** The page that the settings allow; while they allow none, one line of comment. */
  async scrape(format: ExpositionFormat): Promise<string> {
    const { isEnabled, categories } = await this.settings.readOrLast();
    if (!isEnabled) return format === 'openmetrics' ? '# EOF\n' : DISABLED;
    return (await this.exposition.page(categories, format)).content;
  }

  /** What a scrape of these categories (those of the settings when there are none) would read, disabled or not. */
  async preview(wanted: readonly Category[]): Promise<{ page: Page; used: readonly Category[] }> {
    const used = wanted.length > 0 ? [...new Set(wanted)] : (await this.settings.read()).categories;
    return { page: await this.exposition.page(used, 'text'), used };
  }
}
