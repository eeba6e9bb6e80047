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
import { DatabaseTurns } from './drivers/database-turns.js';
import { NobodyThere } from './standstill.js';

const log = getLogger('backup');

export interface OpenedBackups {
  readonly backups: BackupService;
  /** Who works at the command line. */
  readonly actor: Actor;
  close(): Promise<void>;
}

/** What is done with the backups: a restore takes records that cannot be opened, for they may be why somebody restores. */
export type Purpose = 'look' | 'restore' | 'change';

/**
 * The backups of an installation beside its server, running or not.
 * @throws StartError when the records are needed and cannot be opened. @throws DomainError where there can be none.
 */
export async function openBackups(config: Config, schema: Schema, purpose: Purpose): Promise<OpenedBackups> {
  const clock = new SystemClock();
  const { source, damage } = await openRecords(config, schema, purpose);
  const database = source && new Database(source, config.settings.databaseUrl);
  const world = {
    config, schema, clock, damage,
    keyring: openKeyring(config),
    presence: createPresence(config, database, clock),
    standstill: new NobodyThere(),
    turns: new DatabaseTurns(config.settings.databaseUrl),
  }; // prettier-ignore
  return {
    backups: createBackups(world, database),
    actor: { id: `cli:${userInfo().username}`, userId: null, address: null },
    close: async () => {
      await source?.destroy().catch((error: unknown) => log.warning('A connection was not closed', { error }));
    },
  };
}

interface OpenedRecords {
  readonly source?: ReturnType<typeof createDataSource>;
  readonly damage?: string;
}

async function openRecords(config: Config, schema: Schema, purpose: Purpose): Promise<OpenedRecords> {
  if (purpose === 'look') return {};
  const engine = createEngine(config, schema);
  const hasRecords = await engine.hasRecords();
  if (purpose === 'change') return { source: await openSource(config, schema, hasRecords) };
  if (!hasRecords) return {};
  // Before anything opens them: what is closed again may be changed by that.
  const damage = await engine.damage();
  if (damage !== undefined) return { damage };
  return openSource(config, schema, hasRecords).then((source) => ({ source }), () => ({})); // prettier-ignore
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
