import { userInfo } from 'node:os';
import { SystemClock } from '#libs/clock';
import { getLogger } from '#libs/log';
import { openKeyring, StartError, type Config } from '../config/index.js';
import { createDataSource, Database, type Schema } from '../database/index.js';
import type { Actor } from '../http/index.js';
import type { BackupService } from './backup.service.js';
import { createBackups } from './create-backups.js';
import { createEngine } from './drivers/create-engine.js';
import { createPresence } from './drivers/create-presence.js';
import { NobodyThere } from './standstill.js';

const log = getLogger('backup');

export interface OpenedBackups {
  readonly backups: BackupService;
  /** Who works at the command line. */
  readonly actor: Actor;
  close(): Promise<void>;
}

/**
 * The backups of an installation beside its server, running or not. With `needsRecords` false, records that cannot be opened do
 * not matter: they may be why somebody restores.
 * @throws StartError when the records are needed and cannot be opened.
 */
export async function openBackups(config: Config, schema: Schema, needsRecords: boolean): Promise<OpenedBackups> {
  const keyring = openKeyring(config);
  const clock = new SystemClock();
  const hasRecords = await createEngine(config, schema).hasRecords();
  const source = await openSource(config, schema, hasRecords).catch((error: unknown) => {
    if (needsRecords) throw error;
    return undefined;
  });
  const database = source && new Database(source, config.settings.databaseUrl);
  const presence = createPresence(config, database, clock);
  const world = { config, keyring, schema, presence, clock, standstill: new NobodyThere() };
  return {
    backups: createBackups(world, database),
    actor: { id: `cli:${userInfo().username}`, userId: null, address: null },
    close: async () => {
      await source?.destroy().catch((error: unknown) => log.warning('A connection was not closed', { error }));
    },
  };
}

async function openSource(
  config: Config,
  schema: Schema,
  hasRecords: boolean,
): Promise<ReturnType<typeof createDataSource>> {
  // SQLite would make the file that is not there.
  if (!hasRecords) throw new StartError('There are no records yet: start the server once, or restore a backup');
  const source = createDataSource(config.settings, schema);
  try {
    return await source.initialize();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartError(`The records cannot be opened (${reason}): check SIMPLETUNER_DATABASE_URL`, { cause: error });
  }
}
