import { Injectable } from '@nestjs/common';
import { Database } from '../../database/index.js';
import { isCategory } from '../categories.js';
import { MetricsSettingsEntity } from '../metrics-settings.entity.js';
import { MetricsSettingsRepository, type MetricsSettings } from '../metrics-settings.repository.js';

const ID = 1;

@Injectable()
export class SqlMetricsSettingsRepository extends MetricsSettingsRepository {
  constructor(private readonly database: Database) {
    super();
  }

  override async read(): Promise<MetricsSettings> {
    const row = await this.database.run((manager) => manager.findOneByOrFail(MetricsSettingsEntity, { id: ID }));
    const { isEnabled, categories, updatedAtMs } = row;
    return { isEnabled, categories: (categories as string[]).filter(isCategory), updatedAtMs };
  }

  override async write({ isEnabled, categories, updatedAtMs }: MetricsSettings): Promise<void> {
    await this.database.run((manager) =>
      manager.update(MetricsSettingsEntity, { id: ID }, { isEnabled, categories: [...categories], updatedAtMs }),
    );
  }
}
