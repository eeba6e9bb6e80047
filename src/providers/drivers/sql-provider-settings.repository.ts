import { Injectable } from '@nestjs/common';
import { Database } from '../../database/index.js';
import type { StoredFields } from '../provider-settings.js';
import { ProviderSettingsEntity } from '../provider-settings.entity.js';
import { ProviderSettingsRepository, type StoredSettings } from '../provider-settings.repository.js';

@Injectable()
export class SqlProviderSettingsRepository extends ProviderSettingsRepository {
  constructor(private readonly database: Database) {
    super();
  }

  override async read(provider: string): Promise<StoredSettings | undefined> {
    const row = await this.database.run((manager) => manager.findOneBy(ProviderSettingsEntity, { provider }));
    if (row === null || row.version === 0) return undefined;
    return { provider, fields: row.fields as StoredFields, version: row.version, updatedAtMs: row.updatedAtMs };
  }

  override replace({ provider, fields, version, updatedAtMs }: StoredSettings): Promise<boolean> {
    return this.database.transaction(async (manager) => {
      // The row must be there before it can be compared and set; of two writers that insert it, neither may fail.
      if (version === 1) {
        const empty = { provider, fields: {}, version: 0, updatedAtMs };
        await manager.createQueryBuilder().insert().into(ProviderSettingsEntity).values(empty).orIgnore().execute();
      }
      const { affected } = await manager.update(
        ProviderSettingsEntity,
        { provider, version: version - 1 },
        { fields, version, updatedAtMs },
      );
      return affected === 1;
    });
  }
}
