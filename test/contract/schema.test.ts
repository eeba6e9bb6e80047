import { describe, expect, it } from 'vitest';
import { createDataSource, hasPendingMigrations, migrate } from '../../src/database/index.js';
import { schema } from '../../src/schema/index.js';
import { freshDatabase } from '../support/databases.js';
import { openDatabase, sqlKinds } from '../support/sql.js';

describe.each(sqlKinds)('the schema on %s', (kind) => {
  it('is what the entities say, can be taken back step by step, and made again', async () => {
    const { source, url } = await openDatabase(kind, schema);
    const drift = (await source.driver.createSchemaBuilder().log()).upQueries.map((query) => query.query);
    expect(drift).toEqual([]);
    for (const migration of schema.migrations) {
      await source.undoLastMigration();
      expect(await hasPendingMigrations(source), `after taking back ${migration.name}`).toBe(true);
    }
    expect(await migrate(source, url)).toHaveLength(schema.migrations.length);
    expect(await hasPendingMigrations(source)).toBe(false);
  });

  it('is migrated once when several processes start at the same time', async () => {
    const url = await freshDatabase(kind);
    const settings = { databaseUrl: url, databasePoolSize: 2 };
    const sources = await Promise.all(Array.from({ length: 4 }, () => createDataSource(settings, schema).initialize()));
    const applied = await Promise.all(sources.map((source) => migrate(source, url)));
    await Promise.all(sources.map((source) => source.destroy()));
    expect(applied.map((names) => names.length).sort()).toEqual([0, 0, 0, schema.migrations.length]);
  });
});
