import type { Clock } from '#libs/clock';
import { AuditCopies } from '../audit/index.js';
import type { Config, Keyring } from '../config/index.js';
import type { Database, Schema } from '../database/index.js';
import { BackupFolder } from './backup-folder.js';
import { BackupMaker } from './backup-maker.js';
import { BackupService, type BackupParts } from './backup.service.js';
import { Driller } from './driller.js';
import { createEngine } from './drivers/create-engine.js';
import { SqlBackupStateRepository } from './drivers/sql-backup-state.repository.js';
import { Manifests } from './manifest.js';
import { Origin } from './origin.js';
import type { Presence } from './presence.js';
import { Restorer } from './restorer.js';
import type { Standstill } from './standstill.js';
import type { Turns } from './turns.js';
import { Verifier } from './verifier.js';

export interface BackupsWorld {
  readonly config: Config;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly schema: Schema;
  readonly presence: Presence;
  readonly standstill: Standstill;
  readonly turns: Turns;
  /** What is broken in the live records, where that was looked for. */
  readonly damage?: string | undefined;
}

/** Puts the backups of an installation together; `database` is undefined where the records cannot be opened, or are not needed. */
export function createBackups(world: BackupsWorld, database: Database | undefined): BackupService {
  const { config, keyring, clock, turns } = world;
  const engine = createEngine(config, world.schema);
  const folder = new BackupFolder(config.paths.backups, new Manifests(keyring));
  const audit = new AuditCopies(keyring, clock);
  const origin = new Origin(engine, folder);
  const driller = new Driller(engine, clock);
  const maker = new BackupMaker(engine, folder, driller, audit, clock);
  const restorer = new Restorer(folder, { driller, maker, origin }, audit, world);
  const verifier = new Verifier(folder, { origin, driller, maker }, clock);
  const retentionDays = config.settings.backupRetentionDays;
  const parts: BackupParts = { engine, folder, verifier, maker, restorer, audit, clock, turns, retentionDays };
  return new BackupService(parts, database, database && new SqlBackupStateRepository(database));
}
