import { createDataSource, migrate } from '../database/index.js';
import { schema } from '../schema/index.js';
import type { CommandContext } from './command-context.js';

export async function run({ config, print }: CommandContext): Promise<void> {
  const { settings } = config();
  const source = await createDataSource(settings, schema).initialize();
  try {
    const applied = await migrate(source, settings.databaseUrl);
    print(applied.length === 0 ? 'The schema is up to date.' : applied.map((name) => `applied ${name}`).join('\n'));
  } finally {
    await source.destroy();
  }
}
