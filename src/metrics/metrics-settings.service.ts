import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { Database } from '../database/index.js';
import { notFound, type Actor } from '../http/index.js';
import { isTemplateId, templates, type Category } from './categories.js';
import { MetricsSettingsRepository, type MetricsSettings } from './metrics-settings.repository.js';

export interface MetricsSettingsChange {
  readonly isEnabled?: boolean | undefined;
  readonly categories?: readonly Category[] | undefined;
}

/** Told of a change inside its transaction; what it throws undoes the change. */
export type ChangeRecorder = (settings: MetricsSettings, actor: Actor) => Promise<void>;

/** What may be scraped; the same for every replica, from the moment of a change on. */
@Injectable()
export class MetricsSettingsService {
  private readonly recorders: ChangeRecorder[] = [];
  private last: MetricsSettings | undefined;

  constructor(
    private readonly repository: MetricsSettingsRepository,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Whoever records changes asks for them here: this part of the platform knows no feature. */
  onChange(recorder: ChangeRecorder): void {
    this.recorders.push(recorder);
  }

  read(): Promise<MetricsSettings> {
    return this.repository.read();
  }

  /** As `read`; while the database does not answer, what it said last, so that scrapes tell of the outage. */
  async readOrLast(): Promise<MetricsSettings> {
    try {
      this.last = await this.repository.read();
    } catch (error) {
      if (!this.last) throw error;
    }
    return this.last;
  }

  /** Changes what is given, and leaves the rest. */
  change({ isEnabled, categories }: MetricsSettingsChange, actor: Actor): Promise<MetricsSettings> {
    return this.database.transaction(async () => {
      const before = await this.repository.read();
      const settings = {
        isEnabled: isEnabled ?? before.isEnabled,
        categories: [...new Set(categories ?? before.categories)],
        updatedAtMs: this.clock.now(),
      };
      await this.repository.write(settings);
      for (const record of this.recorders) await record(settings, actor);
      return settings;
    });
  }

  /** Switches the metrics on with the categories of a template. @throws DomainError not_found for an id that there is not. */
  async apply(templateId: string, actor: Actor): Promise<MetricsSettings> {
    if (!isTemplateId(templateId)) throw notFound(`The template ${JSON.stringify(templateId.slice(0, 64))}`);
    return this.change({ isEnabled: true, categories: templates[templateId].categories }, actor);
  }
}
